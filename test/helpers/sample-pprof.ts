// How does a test make a profile? The shape that the agent writes: CPU nanoseconds, string labels, named functions.
import { Profile, StringTable } from "pprof-format";

export interface SampleStack {
  /** Root first, "module!function". */
  stack: readonly string[];
  ns: number;
  labels: Record<string, string>;
}

/** `given`: by the function's name, the system name of one that is not called by its symbol. */
export function samplePprof(
  samples: readonly SampleStack[],
  timeNanos = 0n,
  given: Readonly<Record<string, string>> = {},
): Uint8Array {
  const strings = new StringTable();
  const id = (text: string): number => strings.dedup(text);
  const mappings = new Map<string, number>();
  const locations = new Map<string, number>();
  const idOf = (table: Map<string, number>, key: string): number => {
    const known = table.get(key) ?? table.size + 1;
    table.set(key, known);
    return known;
  };
  const sample = samples.map(({ stack, ns, labels }) => ({
    locationId: [...stack].reverse().map((frame) => idOf(locations, frame)),
    value: [ns],
    label: Object.entries(labels).map(([key, value]) => ({ key: id(key), str: id(value) })),
  }));
  const split = (frame: string): [string, string] => [
    frame.slice(0, frame.indexOf("!")),
    frame.slice(frame.indexOf("!") + 1),
  ];
  const frames = [...locations.keys()];
  return new Profile({
    sampleType: [{ type: id("cpu"), unit: id("nanoseconds") }],
    sample,
    location: frames.map((frame, i) => ({
      id: i + 1,
      mappingId: idOf(mappings, split(frame)[0]),
      address: 0x1000 * (i + 1),
      line: [{ functionId: i + 1 }],
    })),
    function: frames.map((frame, i) => {
      const [, name] = split(frame);
      const system = given[name];
      return { id: i + 1, name: id(name), ...(system !== undefined && { systemName: id(system) }) };
    }),
    mapping: [...mappings].map(([module, n]) => ({ id: n, filename: id(module), hasFunctions: true })),
    stringTable: strings,
    timeNanos,
    durationNanos: 10_000_000_000n,
    periodType: { type: id("cpu"), unit: id("nanoseconds") },
    period: 10_000_000,
  }).encode();
}
