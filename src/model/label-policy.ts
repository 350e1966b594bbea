// Which labels may leave this process, and which never may? TABLE: labels of samples, series and metrics. Pure.
//
// A server keeps a series for each combination of values, for ever: what differs from buffer to buffer or from run to run, or
// is private, is no label. The types refuse such a name when it is written, test/rules/labels.test.ts wherever one
// is made, in both languages.
// SPDX-License-Identifier: MPL-2.0

/** No label's name may have one of these words in it: "client_ip", "buffer.pts" and "threadId" have. */
export const forbiddenWords = [
  // pointers and numbers that a system gives out
  ...(["pointer", "ptr", "pid", "tid", "uid", "uuid", "guid", "ssrc", "fd", "port"] as const),
  // instants and places in a stream
  ...(["timestamp", "time", "date", "pts", "dts", "offset", "seqnum"] as const),
  // what was negotiated or configured
  ...(["caps", "uri", "url", "location", "filename", "command", "cmdline"] as const),
  // of a person: place, identity, credentials
  ...(["address", "addr", "ip", "hostname", "user", "email", "cookie"] as const),
  ...([
    "token",
    "password",
    "passwd",
    "secret",
    "credential",
    "credentials",
    "auth",
    "authorization",
    "apikey",
  ] as const),
] as const;

/** Nor be one of these. */
export const forbiddenNames = [
  "thread_id",
  "buffer_id",
  "process_id",
  "pipeline_id",
  "session_id",
  "correlation_id",
  "request_id",
  "user_agent",
  "api_key",
] as const;

type Word = (typeof forbiddenWords)[number];
type Between = "_" | ".";
/** The name itself if it is forbidden, else never. */
export type Forbidden<Name extends string> =
  Lowercase<Name> extends
    | (typeof forbiddenNames)[number]
    | Word
    | `${Word}${Between}${string}`
    | `${string}${Between}${Word}`
    | `${string}${Between}${Word}${Between}${string}`
    ? Name
    : never;

/** A type error where one of the names is forbidden. */
export const labelNames = <const Table extends Readonly<Record<string, LabelRule>>>(
  table: Table & { [Name in keyof Table & string]: Forbidden<Name> extends never ? unknown : never },
): Table => table;

export interface LabelRule {
  /** Distinct values that it may have, what comes later is OVERFLOW; or why there are few anyway. */
  bound: number | "one a process" | "from a table" | "one a sample" | "not sent";
  help: string;
}

/** On stacks and series. A cap stands once more in native/exposition/labels.h; a test holds both together. */
export const labelTable = labelNames({
  pipeline: { bound: 200, help: "its name; automatic numbers counted anew" },
  element: { bound: 1000, help: "its name; automatic numbers counted anew in each pipeline" },
  factory: { bound: 400, help: "of that element" },
  thread: { bound: 300, help: "its name without the number" },
  thread_name: { bound: "not sent", help: "its real name, #2 for the second living one of that name, in a capture" },
  pad: { bound: 400, help: "its name; that of its template where it was requested" },
  path: { bound: 1000, help: "pipeline/bin/element, of the Prometheus text; with the real names in a capture" },
  chain: { bound: "not sent", help: "elements that a sample is inside of, in a capture" },
  flow: { bound: "from a table", help: "what a pad's function returned" },
  reason: { bound: "from a table", help: "why something was lost" },
  event: { bound: "from a table", help: "what happened inside the profiler" },
  outcome: { bound: "from a table", help: "what became of it" },
  state: { bound: "from a table", help: "what threads did: ran, were ready, were blocked" },
  scope: { bound: "from a table", help: "of the process, or of threads with a timer" },
  bound: { bound: "from a table", help: "least or most that an element says it adds" },
  label: { bound: "from a table", help: "one of these labels" },
  le: { bound: "from a table", help: "upper bound of a bucket" },
  "otel.metric.overflow": { bound: "from a table", help: "of the series that takes what is beyond the cells" },
  service_name: { bound: "one a process", help: "who is measured" },
  pyroscope_spy: { bound: "one a process", help: "who measures" },
  __name__: { bound: "one a process", help: "kind of the profile" },
  version: { bound: "one a process", help: "of the tracer" },
  gstreamer: { bound: "one a process", help: "version of GStreamer" },
  source: { bound: "from a table", help: "element that a latency begins at, as element" },
  sink: { bound: "from a table", help: "element that it ends at" },
  // Of the families of older tracers, which have these names.
  sink_pad: { bound: "from a table", help: "as pad, with small numbers; one a cell at most" },
  src_pad: { bound: "from a table", help: "the pad at the other side" },
  blocked_on: { bound: "from a table", help: "system call that a thread waits in, of a wall profile" },
  inferred: { bound: "not sent", help: "a caller of generated code or assembly was searched for, in a capture" },
  // Never of a series: a span and its samples find each other by it.
  span_id: { bound: "one a sample", help: "of the span that a sample fell into" },
  trace_id: { bound: "one a sample", help: "of its trace; only on request" },
});

export type LabelName = keyof typeof labelTable;
export type CappedLabel = {
  [Name in LabelName]: (typeof labelTable)[Name]["bound"] extends number ? Name : never;
}[LabelName];

/** What stands for every value beyond the cap. */
export const OVERFLOW = "(other)";

const cappedNames = (Object.keys(labelTable) as LabelName[]).filter(
  (name): name is CappedLabel => typeof labelTable[name].bound === "number",
);
/** Distinct values that a label may have. */
export const labelCaps = Object.fromEntries(cappedNames.map((name) => [name, labelTable[name].bound])) as Readonly<
  Record<CappedLabel, number>
>;

/** Finds the words in names of any style: in capitals, with dots or dashes, threadId, IPAddress. */
export function isForbidden(name: string): boolean {
  const parted = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return hasForbidden(parted) || hasForbidden(parted.replace(/([A-Z])([A-Z][a-z])/g, "$1_$2"));
}

function hasForbidden(parted: string): boolean {
  const words = parted
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const [names, bad]: [readonly string[], readonly string[]] = [forbiddenNames, forbiddenWords];
  return names.includes(words.join("_")) || words.some((word) => bad.includes(word));
}

/** Splits a person's tags into those that may become labels and the names of those that may not; see isForbidden. */
export function allowedTags(tags: Readonly<Record<string, string>>) {
  const names = Object.keys(tags);
  const good = Object.entries(tags).filter(([name]) => !isForbidden(name));
  return { tags: Object.fromEntries(good), refused: names.filter(isForbidden) };
}
