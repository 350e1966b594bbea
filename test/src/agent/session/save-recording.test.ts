// Is what was in memory a whole capture afterwards, which says the same?
import { basename } from "node:path";
import { expect, it } from "vitest";
import { saveRecording } from "../../../../src/agent/session/save-recording.js";
import { symbolizeCapture } from "../../../../src/agent/symbolize/symbolize.js";
import { summarize } from "../../../../src/analysis/summary.js";
import { readCapture } from "../../../../src/capture/reader.js";
import { readSide } from "../../../../src/commands/compared-side.js";
import { unitsOf } from "../../../../src/compare/sides.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { LiveRecording } from "../../../../src/live/live-recording.js";
import { silentLog } from "../../../../src/log.js";
import { noCounts } from "../../../../src/model/profile-counts.js";
import type { StackFrame } from "../../../../src/model/recorded-profiles.js";
import type { SymbolAnswer, SymbolQuery } from "../../../../src/model/symbol.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";
import { encode } from "../../../helpers/folding.js";
import { factsAt, ownerOf, secondOf } from "../../../helpers/live.js";
import { elementAt } from "../../../helpers/recordings.js";
import { scratch } from "../../../helpers/scratch.js";

const folder = scratch("");

function ofSeconds(seconds: number): LiveRecording {
  const enc = ownerOf("p/enc", { chain: [1] });
  const pads = [{ id: 7, element: 1, name: "sink", direction: "sink" as const }];
  const topology = { pipelines: ["p"], elements: [elementAt(1, "p/enc", { factory: "x264enc" })], pads };
  const live = new LiveRecording(factsAt(0), null, { topology: () => topology, modules: () => [] });
  for (let n = 0; n < seconds; n++) {
    const burned = [
      { owner: enc, stack: "main;encode", ns: 4e6 },
      { owner: { ...enc, blockedOn: "futex" }, stack: "main;wait", ns: 9e6 },
    ];
    const cells = [cellOf(7, Array(n + 1).fill(5000))];
    live.add(secondOf(n, burned, { cells, facts: factsAt(n + 1, { ring_full: n + 1 }) }));
  }
  return live;
}

it("summary, counts, times and history of a part are those of the recording", async () => {
  const live = ofSeconds(90);
  const range = { fromNs: 20e9, toNs: 70e9 };
  const recording = live.recording(range);
  const dir = await saveRecording(recording, live.moments(range), stateOf(), encode, folder);
  expect(basename(dir)).toMatch(/^gst-pyroscope-\d{8}T\d{6}Z-\d+/);
  const capture = await readCapture(dir);
  expect([capture.complete, capture.problems]).toEqual([true, []]);
  const { complete: _, overhead: __, ...mine } = summarize(recording);
  const { complete: ___, overhead: ____, ...its } = summarize(capture);
  const [{ losses, counters, ...rest }, { losses: itsLosses, counters: itsCounters, ...itsRest }] = [mine, its];
  expect(itsRest).toEqual(rest);
  expect([itsLosses, itsCounters]).toMatchObject([losses, counters]);
  expect(capture.history.moments).toBeGreaterThan(20);
});

it("windows of seconds are those of the recording, by its own time, so that they can be compared", async () => {
  const live = ofSeconds(90);
  const range = { fromNs: 35e9, toNs: 90e9 };
  const dir = await saveRecording(live.recording(range), live.moments(range), stateOf(), encode, folder);
  const { windows, complete } = await readCapture(dir);
  expect([complete, windows?.length]).toEqual([true, 55]);
  expect(windows?.[0]).toMatchObject({ atNs: 0, durationNs: 1e9, merged: 1, processCpuNs: 1e9 });
  expect(windows?.[0]?.machine).toEqual({ load: null, cpus: null, steal: null, pressure: null });
  expect(windows?.at(-1)).toMatchObject({ atNs: 54e9, elements: [{ path: "p/enc", cpuNs: 4e6, blockedNs: 9e6 }] });
  const { side } = await readSide(dir);
  expect(unitsOf(side, side)).toMatchObject({ kind: "blocks" });
  const whole = await saveRecording(live.recording(), live.moments(), stateOf(), encode, folder);
  const all = (await readCapture(whole)).windows ?? [];
  expect(all.reduce((sum, { merged }) => sum + merged, 0)).toBe(90);
  expect(all[0]).toMatchObject({ durationNs: 10e9, merged: 10, processCpuNs: 10e9 });
  expect(unitsOf((await readSide(whole)).side, side)).toMatchObject({ kind: "blocks" });
});

it("a second one within the same second has a place of its own", async () => {
  const live = new LiveRecording(factsAt(0), null, {
    topology: () => ({ pipelines: [], elements: [], pads: [] }),
    modules: () => [],
  });
  live.add(secondOf(0, [{ owner: ownerOf("p/enc"), stack: "a", ns: 1 }]));
  const save = () => saveRecording(live.recording(), live.moments(), stateOf(), encode, folder);
  const all = [await save(), await save(), await save()];
  expect(new Set(all).size).toBe(3);
  for (const dir of all) expect((await readCapture(dir)).complete).toBe(true);
});

it("frames without a symbol get one later, by build-id and address, and keep their time", async () => {
  const path = "/usr/lib/libwork.so";
  const buildId = "abcd";
  const frames: StackFrame[] = [
    { name: "main", module: "app" },
    { name: "libwork.so+fn@0x1000", module: "libwork.so", address: 0x1000, image: { path, buildId } },
    { name: "GstWork chain", module: "libwork.so", origin: "type", address: 0x1100, image: { path, buildId } },
    { name: "libwork.so+code@0x2000", module: "libwork.so" },
  ];
  const owner = ownerOf("p/enc");
  const stacks = [
    { owner, stack: [0, 2, 1], ns: 5e6 },
    { owner, stack: [3], ns: 1 },
  ];
  const counts = { ...noCounts(), samples: 2, frames: 4, framesNamed: 1, framesByType: 1 };
  const counted = { frames: 3, unnamed: 2, byType: 1, byRole: 0, problem: "", source: "", lines: false };
  const live = new LiveRecording(factsAt(0), null, {
    topology: () => ({ pipelines: [], elements: [], pads: [] }),
    modules: () => [{ path, buildId, ...counted, debuginfod: "" }],
  });
  live.add({ ...secondOf(0, []), samples: { frames, stacks, running: counts, blocked: noCounts() } });
  const dir = await saveRecording(live.recording(), live.moments(), stateOf(), encode, folder);
  const { config } = resolveConfig({ environment: { DEBUGINFOD_CACHE_PATH: `${folder}/cache` } });
  const known: Record<number, string> = { 4096: "work_hard", 4352: "gst_work_chain" };
  const native = {
    symbolize: async (query: SymbolQuery): Promise<SymbolAnswer> => ({
      names: Array.from(query.offsets, (offset) => (query.buildId === buildId ? (known[offset] ?? "") : "")),
      starts: query.offsets,
      inFunction: Uint8Array.from(query.offsets, () => 1),
      lineCounts: Uint8Array.from(query.offsets, () => 0),
      lines: new Uint32Array(),
      texts: [],
      problem: "",
      source: query.buildId === buildId ? "build-id" : "",
      hasLines: false,
    }),
    inspect: async () => [],
  };
  const done = await symbolizeCapture({ dir, from: "", config, native, log: silentLog, progress: () => {} });
  expect([done.before, done.after]).toEqual([2, 0]);
  const { complete, problems, cpu } = await readCapture(dir);
  expect([complete, problems, cpu?.totalNs]).toEqual([true, [], 5e6 + 1]);
  const named = cpu?.stacks.samples.map(({ stack }) => stack.map((frame) => cpu.stacks.frames[frame]?.name).join(";"));
  expect(named?.sort()).toEqual(["libwork.so+code@0x2000", "main;gst_work_chain;work_hard"]);
});
