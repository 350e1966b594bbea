// What does a Pyroscope server accept? Its answers to bad profiles, as the real one gave them, and what it makes of good ones.

import { gunzipSync } from "node:zlib";
import { BadMessage, decodeMessage, type Message, type Schema } from "./protobuf.js";

const valueType: Schema = { 1: { name: "type", type: "varint" }, 2: { name: "unit", type: "varint" } };
const sample: Schema = {
  1: { name: "locationId", type: "varint", repeated: true },
  2: { name: "value", type: "varint", repeated: true },
  3: {
    name: "label",
    repeated: true,
    type: {
      1: { name: "key", type: "varint" },
      2: { name: "str", type: "varint" },
      3: { name: "num", type: "varint" },
      4: { name: "numUnit", type: "varint" },
    },
  },
};
const mapping: Schema = {
  1: { name: "id", type: "varint" },
  2: { name: "memoryStart", type: "varint" },
  3: { name: "memoryLimit", type: "varint" },
  4: { name: "fileOffset", type: "varint" },
  5: { name: "filename", type: "varint" },
  6: { name: "buildId", type: "varint" },
  7: { name: "hasFunctions", type: "bool" },
};
const location: Schema = {
  1: { name: "id", type: "varint" },
  2: { name: "mappingId", type: "varint" },
  3: { name: "address", type: "varint" },
  4: {
    name: "line",
    type: { 1: { name: "functionId", type: "varint" }, 2: { name: "line", type: "varint" } },
    repeated: true,
  },
};
const fn: Schema = {
  1: { name: "id", type: "varint" },
  2: { name: "name", type: "varint" },
  3: { name: "systemName", type: "varint" },
  4: { name: "filename", type: "varint" },
};
const profileSchema: Schema = {
  1: { name: "sampleType", type: valueType, repeated: true },
  2: { name: "sample", type: sample, repeated: true },
  3: { name: "mapping", type: mapping, repeated: true },
  4: { name: "location", type: location, repeated: true },
  5: { name: "function", type: fn, repeated: true },
  6: { name: "string", type: "string", repeated: true },
  9: { name: "timeNanos", type: "varint64" },
  10: { name: "durationNanos", type: "varint" },
  11: { name: "periodType", type: valueType },
  12: { name: "period", type: "varint" },
};
const labelPair: Schema = { 1: { name: "name", type: "string" }, 2: { name: "value", type: "string" } };
export const pushSchema: Schema = {
  1: {
    name: "series",
    repeated: true,
    type: {
      1: { name: "labels", type: labelPair, repeated: true },
      2: {
        name: "samples",
        repeated: true,
        type: { 1: { name: "rawProfile", type: "bytes" }, 2: { name: "id", type: "string" } },
      },
    },
  },
};

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const invalid = (message: string) => new Refusal(400, "invalid_argument", message);
const MIB = 1 << 20;
const HOUR_NS = 3_600_000_000_000n;

export interface StoredSample {
  labels: Record<string, string>;
  /** Function names, leaf first. */
  stack: string[];
  value: number;
}

export interface StoredProfile {
  /** name:sample type:unit:period type:unit */
  type: string;
  labels: Record<string, string>;
  timeNanos: bigint;
  durationNanos: number;
  samples: StoredSample[];
}

/** Throws a Refusal where the real server refuses. `nowNs` is Unix time. */
export function acceptProfile(seriesLabels: Message[], raw: Uint8Array, nowNs: bigint): StoredProfile {
  const labels = Object.fromEntries(seriesLabels.map(({ name, value }) => [name ?? "", value ?? ""]));
  if (!labels.__name__) throw invalid("invalid metric name");
  const bytes = unzip(raw);
  if (bytes.length > 4 * MIB) throw invalid("uncompressed profile payload size exceeds limit of 4.2 MB");
  if (bytes.length > 2 * MIB) throw new Refusal(429, "resource_exhausted", "push rate limit (4.0 MiB) exceeded");
  const profile = decodeProfile(bytes);
  checkTables(profile);
  if (profile.sample.length > 16_000) throw invalid("exceeds the samples count limit (16000)");
  const timeNanos: bigint = profile.timeNanos ?? nowNs;
  if (timeNanos < nowNs - HOUR_NS || timeNanos > nowNs + HOUR_NS / 6n) {
    throw invalid(`profile is outside of ingestion window (profile timestamp: ${timeNanos})`);
  }
  const samples = storedSamples(profile, labels);
  for (const { labels: all } of samples) checkLabels(all);
  checkLabels(labels);
  const text = (index: number) => profile.string[index ?? 0] as string;
  const [kind, period] = [profile.sampleType[0], profile.periodType ?? {}];
  const type = [labels.__name__, text(kind.type), text(kind.unit), text(period.type), text(period.unit)].join(":");
  return { type, labels, timeNanos, durationNanos: profile.durationNanos ?? 0, samples };
}

function unzip(raw: Uint8Array): Uint8Array {
  if (raw.length === 0) throw new Refusal(500, "unknown", "gzip reset: EOF");
  try {
    return raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw;
  } catch {
    throw new Refusal(500, "unknown", "gzip: invalid header");
  }
}

function decodeProfile(bytes: Uint8Array): Message {
  try {
    return decodeMessage(bytes, profileSchema);
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
    if (error.message.startsWith("invalid utf8")) throw invalid(error.message);
    throw new Refusal(500, "unknown", `proto: Profile: ${error.message}`); // a poison profile looks like an outage
  }
}

function checkTables(profile: Message): void {
  const ids = (rows: Message[]) => new Set(rows.map((row) => row.id as number));
  const [mappings, locations, functions] = [ids(profile.mapping), ids(profile.location), ids(profile.function)];
  const strings = (indexes: (number | undefined)[]) => {
    if (indexes.some((i) => (i ?? 0) >= profile.string.length)) throw invalid("string index out of range");
  };
  if (profile.string[0] !== "") throw invalid("string 0 should be empty string");
  if (profile.sampleType.length === 0) throw invalid("no sample types");
  for (const { type, unit } of profile.sampleType) {
    strings([type, unit]);
    if (profile.string[type].includes("-")) throw invalid("sample type contains -");
  }
  for (const set of [mappings, locations, functions]) if (set.has(0)) throw invalid("id 0");
  if (locations.size !== profile.location.length) throw invalid("duplicate location id");
  for (const { mappingId = 0, line } of profile.location) {
    // Without a mapping that has functions the real one looks for symbols of its own, and answers slower.
    if (!mappings.has(mappingId)) throw invalid("location without mapping");
    for (const { functionId } of line) if (!functions.has(functionId)) throw invalid("unknown function");
  }
  for (const { hasFunctions } of profile.mapping) if (!hasFunctions) throw invalid("mapping would be symbolized");
  for (const { name } of profile.function) strings([name]);
  for (const { locationId, value, label } of profile.sample) {
    if (value.length !== profile.sampleType.length) throw invalid("sample value length mismatch");
    if (locationId.some((id: number) => !locations.has(id))) throw invalid("unknown location");
    for (const { key, str } of label) strings([key, str]);
  }
}

function storedSamples(profile: Message, series: Record<string, string>): StoredSample[] {
  const names = new Map(profile.function.map((f: Message) => [f.id, profile.string[f.name ?? 0]]));
  const frames = new Map<number, string[]>(
    profile.location.map((l: Message) => [l.id, l.line.map((line: Message) => names.get(line.functionId))]),
  );
  return profile.sample
    .filter(({ value }: Message) => value[0] > 0) // the others vanish without a word
    .map(({ locationId, value, label }: Message) => {
      const own: [string, string][] = label
        .filter((l: Message) => l.str !== undefined)
        .map((l: Message) => [profile.string[l.key], profile.string[l.str]]);
      const stack = locationId.flatMap((id: number) => frames.get(id) ?? []);
      return { labels: { ...Object.fromEntries(own), ...series }, stack, value: value[0] };
    });
}

function checkLabels(labels: Record<string, string>): void {
  const entries = Object.entries(labels);
  if (entries.length > 30) throw invalid(`profile series has ${entries.length} label names; limit 30`);
  for (const [name, value] of entries) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_.]*$/.test(name))
      throw invalid(`invalid labels with error: invalid label name '${name}'`);
    if (name.length > 1024) throw invalid("label name too long");
    if (value.length > 2048) throw invalid("label value too long");
  }
}
