// How does a test write a recording by hand? Topology, cells and samples that it names; all else is nothing.

import type { RecordedProfiles, StackSample } from "../../src/model/recorded-profiles.js";
import type { Recording, TopologyElement } from "../../src/model/recording.js";

/** An element of the pipeline that its path begins with. */
export function elementAt(id: number, path: string, change: Partial<TopologyElement> = {}): TopologyElement {
  const names = path.split(/(?<!\\)\//);
  const [pipeline = "", name = ""] = [names[0], names.at(-1)];
  return { id, path, pipeline, name: name.replaceAll("\\/", "/"), factory: "x", plugin: "x", bin: false, ...change };
}

export const sampleAt = (path: string, ns: number, change: Partial<StackSample> = {}): StackSample => ({
  ...{ path, pipeline: "", factory: "", thread: "", blockedOn: "", inferred: false, chain: [], ns, stack: [] },
  ...change,
});

/** One profile of these samples; each is of ten milliseconds at most. */
export function profilesOf(samples: readonly StackSample[], frames: RecordedProfiles["stacks"]["frames"] = []) {
  const totalNs = samples.reduce((sum, { ns }) => sum + ns, 0);
  const named = { frames: 0, framesNamed: 0, framesByType: 0, framesByRole: 0 };
  const row = { samples: samples.length, reachedRoot: samples.length, inferred: 0, ...named };
  return { stacks: { frames, samples }, totalNs, rows: [row] };
}

export function recordingOf(change: Partial<Recording> = {}): Recording {
  return {
    dir: "",
    otherProcesses: [],
    facts: {
      tool: "0.0.0",
      target: {
        ...{ pid: 1, startTicks: 1, command: "", executable: "", serviceName: "", startTime: "", durationNs: 10e9 },
        ...{ processCpuNs: 0, registeredCpuNs: 0, cpuBeforeNs: 0, cpuTracerNs: 0, cpuRefusedNs: 0 },
        ...{ cpuMaskedNs: 0, cpuUnseenNs: 0 },
      },
      settings: { sampleRate: 100, wallRate: 0, timing: "wrap", engine: "" },
      modules: [],
      losses: {},
      lossHelp: {},
      overhead: { perBufferNs: 0, handlerNsP50: 0, handlerNsP99: 0, agentCpuNs: 0, agentRssBytes: 0 },
    },
    complete: true,
    problems: [],
    topology: { pipelines: [], elements: [], pads: [], renamed: [] },
    cells: [],
    history: { moments: 0, hops: [] },
    traces: null,
    cpu: null,
    wall: null,
    ...change,
  };
}
