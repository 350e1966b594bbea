// Does capture.json say what was counted, and does it come back field by field, from any version that wrote it?
import { describe, expect, it } from "vitest";
import { CAPTURE_VERSION } from "../../../src/capture/format.js";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import {
  blankFile,
  parseCaptureFile,
  resumable,
  startFile,
  updateFile,
  updateLosses,
} from "../../../src/capture/state.js";
import { stateOf } from "../../helpers/cells.js";
import { sampleAgent, sampleFacts } from "../../helpers/sample-capture.js";
import { scratch } from "../../helpers/scratch.js";

const modules = [
  {
    path: "/x",
    buildId: "ab",
    frames: 7,
    byType: 3,
    byRole: 1,
    unnamed: 2,
    problem: "",
    source: ".symtab",
    lines: true,
    debuginfod: "not there",
  },
];
function written() {
  const file = startFile(sampleFacts());
  updateFile(file, stateOf({ maskedCpuNs: 3, unseenCpuNs: 4, ownCpuNs: 5, unarmedCpuNs: 6 }), sampleAgent(10), 1e6);
  return { ...file, modules, metricsLines: 9, complete: true };
}

describe("capture.json", () => {
  it("comes back field by field", () => {
    const file = written();
    expect(parseCaptureFile(JSON.stringify(file))).toEqual(file);
  });

  it("keeps an instant's last nanosecond", () => {
    const file = startFile(sampleFacts({ clock: { monoNs: 1, unixNs: 1_790_000_000_123_456_789n } }));
    expect(file.clock.unixNs).toBe("1790000000123456789");
    expect(file.target.startTime).toBe("2026-09-21T14:13:20.123Z");
    expect(parseCaptureFile(JSON.stringify(file))?.clock.unixNs).toBe("1790000000123456789");
  });

  it("of another format, or none, is none", () => {
    for (const text of ["", "{", "null", "[]", "{}", '{"format":"other"}', '{"format":["gst-pyroscope-capture"]}'])
      expect(parseCaptureFile(text)).toBeNull();
  });

  it("with fields of other types has zeros, no texts and nothing in its lists", () => {
    const read = parseCaptureFile(
      '{"format":"gst-pyroscope-capture","version":"2","complete":1,"target":7,"clock":null,"modules":[null,7],"losses":[1],"overhead":"x"}',
    );
    const { target, settings, overhead, modules: blankModules } = blankFile();
    expect(read).toMatchObject({ target, settings, overhead, version: 0, complete: false, losses: {}, lossHelp: {} });
    expect(read?.clock).toEqual({ monoNs: 0, unixNs: "0", source: "" });
    expect([blankModules, read?.modules.length]).toEqual([[], 2]);
    expect(read?.modules[0]).toEqual({
      ...modules[0],
      path: "",
      buildId: "",
      frames: 0,
      byType: 0,
      byRole: 0,
      unnamed: 0,
      source: "",
      lines: false,
      debuginfod: "",
    });
    expect(read !== null && "profiles" in read).toBe(false);
  });

  it("of version 1 has the rows of its profiles", () => {
    const read = parseCaptureFile(
      '{"format":"gst-pyroscope-capture","version":1,"profiles":[{"file":"profiles/cpu-1.pb.gz"}]}',
    );
    expect(read?.profiles?.map(({ file, windows }) => [file, windows])).toEqual([["profiles/cpu-1.pb.gz", 1]]);
  });

  it("of a clock that makes no sense has no time of day", () => {
    expect(startFile(sampleFacts({ clock: { monoNs: 0, unixNs: 10n ** 30n } })).target.startTime).toBe("");
    expect(blankFile().target.startTime).toBe("");
  });
});

describe("an update", () => {
  it("takes CPU time since the first timer, and each kind of it under its own name", () => {
    const { target } = written();
    expect(target).toMatchObject({
      processCpuNs: 2.5e9, // 3.5 s less the second before the first timer
      registeredCpuNs: 2e9,
      cpuBeforeNs: 1e9,
      cpuMaskedNs: 3,
      cpuUnseenNs: 4,
      cpuTracerNs: 5,
      cpuRefusedNs: 6,
      durationNs: 10e9,
    });
  });

  it("never makes the capture shorter, its process younger than nothing, or the agent smaller than it was", () => {
    const file = startFile(sampleFacts());
    updateFile(file, stateOf(), sampleAgent(10, { rssBytes: 100 }), 0);
    updateFile(file, stateOf({ processCpuNs: 5, processCpuBeginNs: 9 }), sampleAgent(7, { rssBytes: 50 }), 0);
    expect([file.target.durationNs, file.target.processCpuNs, file.overhead.agentRssBytes]).toEqual([10e9, 0, 100]);
  });

  it("adds the CPU time of the writer before, and says costs in nanoseconds", () => {
    const { overhead } = written();
    expect(overhead).toMatchObject({ agentCpuNs: 121_000_000, perBufferNs: 38 });
    expect(overhead.handlerNsP50).toBeGreaterThanOrEqual(3000);
    expect(overhead.handlerNsP99).toBeLessThanOrEqual(8000);
  });
});

it("losses are those of the target, of the agent and of the writer, added up by name", () => {
  const file = startFile(sampleFacts());
  const losses = { ring_full: 2, upload_expired: 5 };
  updateLosses(
    file,
    stateOf({ counters: { ring_full: 3, inferred: 0 } }),
    { losses },
    { capture_dropped: 7, upload_expired: 1 },
  );
  expect(file.losses).toEqual({ ring_full: 5, inferred: 0, upload_expired: 6, capture_dropped: 7 });
});

describe("an unfinished capture is continued", () => {
  const found = async (change: Record<string, unknown>, facts = sampleFacts()) => {
    const folder = OwnFolder.make(scratch("state"));
    await folder.replace("capture.json", JSON.stringify({ ...startFile(sampleFacts()), ...change }));
    const file = await resumable(folder, facts);
    folder.close();
    return file !== null;
  };

  it("by the same process, while it is not complete and of this version", async () => {
    expect(await found({})).toBe(true);
    expect(await found({ complete: true })).toBe(false);
    expect(await found({ version: CAPTURE_VERSION + 1 })).toBe(false);
    expect(await found({ version: CAPTURE_VERSION - 1 })).toBe(false);
  });

  it("by no other process, also not of the same number", async () => {
    expect(await found({}, sampleFacts({ pid: 1 }))).toBe(false);
    expect(await found({}, sampleFacts({ startTicks: 1 }))).toBe(false);
  });
});
