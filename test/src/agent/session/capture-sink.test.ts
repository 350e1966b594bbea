// What goes into the capture of one target, in which order, and what if the disk is full?
import { beforeEach, describe, expect, it } from "vitest";
import { CaptureSink } from "../../../../src/agent/session/capture-sink.js";
import { Losses } from "../../../../src/agent/session/losses.js";
import type { SamplePath, WindowSlice } from "../../../../src/agent/session/sample-path.js";
import type { SinksRequest } from "../../../../src/agent/session/sink.js";
import type { AgentState, ProfileInfo } from "../../../../src/capture/format.js";
import type { CaptureWriter } from "../../../../src/capture/writer.js";
import { createLog } from "../../../../src/log.js";
import { Topology } from "../../../../src/model/topology.js";
import type { EncodedProfile } from "../../../../src/profile/pprof.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";

const timeNanos = 1_790_000_000_000_000_001n;
const named = { frames: 30, framesNamed: 20, framesByType: 3, framesByRole: 4 };
const sums = { samples: 9, uniqueSamples: 5, totalNs: 9e7, reachedRoot: 8, inferred: 1, ...named };
const profile = (kind: "cpu" | "wall"): EncodedProfile => ({
  ...{ kind, bytes: Uint8Array.of(1, 2), timeNanos, durationNs: 10e9 },
  ...sums,
});
const slice = { atNs: 7e9, timeNanos, durationNs: 10e9, sampleRate: 100, wallRate: 10 } as WindowSlice;

let did: string[];
let lines: string[];
let profiles: [Uint8Array, ProfileInfo][];
let agents: Pick<AgentState, "losses">[];
let fails: Error | undefined;
let finished: boolean;
let losses: Losses;
beforeEach(() => {
  did = [];
  lines = [];
  profiles = [];
  agents = [];
  fails = undefined;
  finished = true;
  losses = new Losses();
});

function step(what: string): void {
  did.push(what);
  if (fails !== undefined) throw fails;
}

const capture = {
  dir: "/captures/one",
  place: "/proc/self/fd/9",
  addProfile: async (bytes, info) => {
    step(`profile ${info.kind}`);
    profiles.push([bytes, info]);
    return "";
  },
  progress: async (...[, , , agent]) => {
    step("progress");
    agents.push(agent);
  },
  snapshot: async (...[topology, cells, state, agent]) => {
    step(`snapshot ${topology.elements.map(({ name }) => name)} ${cells.map(({ pad }) => pad)} ${state.pid}`);
    agents.push(agent);
  },
  finish: async ({ agent, modules }) => {
    step(`finished with ${modules.map(({ path }) => path)}`);
    agents.push(agent);
  },
  amend: async (agent) => {
    step("amended");
    agents.push(agent);
    return finished;
  },
  close: () => step("released"),
} satisfies Partial<CaptureWriter> as unknown as CaptureWriter;

function sink() {
  const topology = new Topology();
  topology.facts.set("engine", "timer: because");
  const path = {
    encode: (_, how) => {
      did.push(`encoded ${JSON.stringify(how)}`);
      return [profile("cpu"), profile("wall")];
    },
    // As when what ended gets its name only when all is asked for.
    allCells: () => {
      topology.add([{ id: 99, kind: "element", parent: 0, texts: ["late", "x"], value0: 0, value1: 0 }]);
      return [cellOf(4, [5])];
    },
    modules: () => [{ path: "/lib/x.so" }],
    figures: { threads: {}, overflowed: {}, workers: { attributed: 3, byFactory: 2, unattributed: 1 } },
  } as Partial<SamplePath> as SamplePath;
  const report = async (...of: string[]) => {
    did.push(`report ${of.join(" at ")}`);
    return null;
  };
  const clock = { now: () => timeNanos, atNs: () => 17e9 };
  const log = createLog("error", (line) => lines.push(line));
  const parts = { topology, clock, log, request: { report } };
  const seen = () => ({ cells: [], ended: [], state: stateOf({ pid: 8, samplesAgentLost: 4 }) });
  const windows = { beat: () => {}, end: () => {}, written: async () => void did.push("windows") };
  return new CaptureSink(capture, { path, parts, seen, losses } as unknown as SinksRequest, windows);
}

describe("a window", () => {
  it("is written with real paths and every name we know, each profile with its time on both clocks", async () => {
    await sink().send(slice);
    expect(did).toEqual(['encoded {"paths":true,"leaveUnnamed":false}', "profile cpu", "profile wall", "progress"]);
    const { uniqueSamples: _, ...kept } = sums;
    const info = { startUnixNs: timeNanos, atNs: 7e9, durationNs: 10e9, ...kept };
    expect(profiles).toEqual([
      [Uint8Array.of(1, 2), { kind: "cpu", ...info }],
      [Uint8Array.of(1, 2), { kind: "wall", ...info }],
    ]);
  });

  it("that cannot be written is said once for as long as the reason is the same, and rejects nobody", async () => {
    const one = sink();
    fails = new Error("the disk is full");
    for (let i = 0; i < 3; i++) await one.send(slice);
    fails = new Error("it is gone");
    await one.flush();
    fails = undefined;
    await one.send(slice);
    fails = new Error("it is gone");
    await one.send(slice);
    expect(lines.map((line) => line.replace("gst-pyroscope: error: ", ""))).toEqual([
      "the disk is full",
      "it is gone",
      "it is gone",
    ]);
  });
});

describe("what is counted", () => {
  it("is described after the cells were asked for: a cell that ended may just have got its name", async () => {
    await sink().flush();
    expect(did).toEqual(["snapshot late 4 8"]);
  });

  it("says of the agent what it lost, what its workers found, and what an agent before it left behind", async () => {
    losses.lost("upload_busy", 6);
    await sink().flush();
    const [agent] = agents as AgentState[];
    expect(agent).toMatchObject({ timeUnixNs: timeNanos, atNs: 17e9, engine: "timer: because" });
    expect(agent?.losses).toEqual({
      ...{ agent_lost: 4, worker_attributed: 3, worker_by_factory: 2, worker_unattributed: 1 },
      upload_busy: 6,
    });
    expect(agent?.cpuNs).toBeGreaterThan(0);
    expect(agent?.rssBytes).toBeGreaterThan(1e6);
  });
});

describe("the end of a capture", () => {
  it("has the modules that were named, and then its report, at the place where the folder is held", async () => {
    await sink().close();
    expect(did).toEqual(["windows", "finished with /lib/x.so", "report /captures/one at /proc/self/fd/9"]);
  });

  it("that could not be written has a report of what there is all the same", async () => {
    fails = new Error("the disk is full");
    await sink().close();
    expect(did).toEqual(["windows", "finished with /lib/x.so", "report /captures/one at /proc/self/fd/9"]);
    expect(lines).toHaveLength(1);
  });

  it("is amended by what was lost since, and reported again only if there is an end to amend", async () => {
    const one = sink();
    await one.close();
    did = [];
    losses.lost("upload_ended", 11);
    await one.amend();
    expect(did).toEqual(["amended", "report /captures/one at /proc/self/fd/9"]);
    expect(agents.at(-1)?.losses).toMatchObject({ upload_ended: 11 });
    did = [];
    finished = false;
    await one.amend();
    expect(did).toEqual(["amended"]);
    one.release();
    expect(did).toEqual(["amended", "released"]);
  });
});
