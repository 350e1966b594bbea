// How does a test make a profile of frames that have no symbol yet? Each location is said whole: module, address, name, what named it.
import { Profile, StringTable } from "pprof-format";

export interface RawFrame {
  /** Path of its module. */
  path: string;
  buildId: string;
  address: number;
  name: string;
  /** As after a class or a role; else the name. */
  systemName?: string;
  file?: string;
  line?: number;
}

export interface RawStack {
  /** Leaf first, by index. */
  stack: readonly number[];
  ns: number;
  labels?: Record<string, string>;
}

export function rawProfile(frames: readonly RawFrame[], stacks: readonly RawStack[]): Buffer {
  const strings = new StringTable();
  const id = (text: string): number => strings.dedup(text);
  const modules = [...new Map(frames.map((frame) => [`${frame.path} ${frame.buildId}`, frame])).entries()];
  const profile = new Profile({
    sampleType: [{ type: id("cpu"), unit: id("nanoseconds") }],
    sample: stacks.map(({ stack, ns, labels = {} }) => ({
      locationId: stack.map((index) => index + 1),
      value: [ns],
      label: Object.entries(labels).map(([key, text]) => ({ key: id(key), str: id(text) })),
    })),
    mapping: modules.map(([, { path, buildId }], i) => ({
      id: i + 1,
      memoryLimit: 0x10000,
      filename: id(path),
      buildId: id(buildId),
      hasFunctions: true,
    })),
    location: frames.map(({ path, buildId, address, line = 0 }, i) => ({
      id: i + 1,
      mappingId: modules.findIndex(([key]) => key === `${path} ${buildId}`) + 1,
      address,
      line: [{ functionId: i + 1, line }],
    })),
    function: frames.map(({ name, systemName = name, file = "" }, i) => ({
      id: i + 1,
      name: id(name),
      systemName: id(systemName),
      filename: id(file),
    })),
    stringTable: strings,
    timeNanos: 7n,
    durationNanos: 10_000_000_000n,
    periodType: { type: id("cpu"), unit: id("nanoseconds") },
    period: 10_000_000,
  });
  return Buffer.from(profile.encode());
}

/** Stacks of a profile, leaf first: "inlined at a.c:3 < outer at a.c:9", each with its nanoseconds and labels. */
export function stacksOf(bytes: Uint8Array): { stack: string[]; ns: number; labels: Record<string, string> }[] {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  const functions = new Map(profile.function.map((one) => [Number(one.id), one]));
  const locations = new Map(
    profile.location.map(({ id, line }) => {
      const lines = line.map((one) => {
        const code = functions.get(Number(one.functionId));
        const place = Number(one.line) > 0 ? ` at ${text(code?.filename ?? 0)}:${one.line}` : "";
        return `${text(code?.name ?? 0)}${place}`;
      });
      return [Number(id), lines.join(" < ")];
    }),
  );
  return profile.sample.map(({ locationId, value, label }) => ({
    stack: locationId.map((id) => locations.get(Number(id)) ?? "?"),
    ns: Number(value[0]),
    labels: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
  }));
}
