// What can a person tune? TABLE: options, for both halves. Types, parsing, --help, checks, native/tracer/options.inc and
// the README's tables derive from it; it imports nothing, so that scripts can read it before anything is built.
// SPDX-License-Identifier: MPL-2.0

/** Where else the value may stand. `unit` is the unit of a bare number there. */
export interface Alias {
  variable: string;
  unit?: "ms" | "s";
  /** True: the tracer acts on it as well, and hands it on to an agent with another environment. */
  tracer?: true;
}

export interface OptionRow {
  /** Flag (`--sample-rate`), tracer parameter, key in the file; GST_PYROSCOPE_SAMPLE_RATE and `sampleRate` follow from it. */
  name: string;
  /** url: http or https, `none` for no server. pem: a readable file of that kind. list: of `values`, by commas. duration: milliseconds in the configuration; written as 500ms, 10s, 2min; a bare number counts seconds. */
  type: "string" | "url" | "path" | "pem" | "int" | "bool" | "enum" | "list" | "tags" | "headers" | "duration";
  /** Written as a person would. */
  default: string;
  /** Default under `run`, which writes a capture and sends nothing unless told to. */
  runDefault?: string;
  min?: number;
  max?: number;
  /** For enum. */
  values?: readonly string[];
  /** Asked in order after GST_PYROSCOPE_<NAME>. */
  aliases?: readonly Alias[];
  /** True: also a parameter and property of the tracer. */
  parameter: boolean;
  /** Commands that take it as a flag. */
  commands: readonly ("run" | "agent" | "doctor" | "env")[];
  /** Which half acts on it. */
  readBy: "tracer" | "agent" | "both";
  /** Explained in gstreamer/README.md, with the other settings of the export; "one signal": with the row for all signals. */
  detail?: true | "one signal";
  /** Values of headers are percent-encoded, as in OTEL_EXPORTER_OTLP_HEADERS. */
  encoded?: true;
  /** Never printed. */
  secret?: true;
  help: string;
}

const everywhere = ["run", "agent", "doctor", "env"] as const;
const sending = ["run", "agent", "doctor"] as const;

/** What can be set for all OTLP signals (otlp) and for one of them, which then counts more. */
function signalRows<const S extends "otlp" | "traces" | "metrics">(signal: S) {
  const all = signal === "otlp";
  const older = { otlp: "", traces: "OTEL_BSP_EXPORT_TIMEOUT", metrics: "OTEL_METRIC_EXPORT_TIMEOUT" }[signal];
  const variable = (name: string) => `OTEL_EXPORTER_OTLP_${all ? "" : `${signal.toUpperCase()}_`}${name}`;
  const common = {
    parameter: false,
    commands: [],
    readBy: "agent",
    detail: all ? true : "one signal",
  } as const;
  const also = "; also traces-… and metrics-…";
  return [
    {
      ...common,
      name: `${signal}-protocol` as const,
      type: "enum",
      values: ["auto", "grpc", "http/protobuf"],
      default: "auto",
      aliases: [{ variable: variable("PROTOCOL") }],
      help: `how the collector is spoken to; auto: http/protobuf on port 4318, else grpc${also}`,
    },
    {
      ...common,
      name: `${signal}-headers` as const,
      type: "headers",
      encoded: true,
      default: "",
      aliases: [{ variable: variable("HEADERS") }],
      secret: true,
      help: `headers for the collector, as k1=v1,k2=v2, percent-encoded; from the environment or a file only${also}`,
    },
    {
      ...common,
      name: `${signal}-compression` as const,
      type: "enum",
      values: ["auto", "none", "gzip"],
      default: "auto",
      aliases: [{ variable: variable("COMPRESSION") }],
      help: `how exports are packed; auto: not${also}`,
    },
    {
      ...common,
      name: `${signal}-timeout` as const,
      type: "duration",
      default: "0s",
      min: 0,
      max: 600_000,
      aliases: [
        { variable: variable("TIMEOUT"), unit: "ms" },
        ...(older ? [{ variable: older, unit: "ms" as const }] : []),
      ],
      help: `how long one try of an export may take; 0: 10 s, and for metrics half of their interval at most${also}`,
    },
    {
      ...common,
      name: `${signal}-certificate` as const,
      type: "pem",
      default: "",
      aliases: [{ variable: variable("CERTIFICATE") }],
      help: `file of the certificates that vouch for the collector; else those of Node${also}`,
    },
    {
      ...common,
      name: `${signal}-client-certificate` as const,
      type: "pem",
      default: "",
      aliases: [{ variable: variable("CLIENT_CERTIFICATE") }],
      help: `file of our own certificate, where the collector wants one${also}`,
    },
    {
      ...common,
      name: `${signal}-client-key` as const,
      type: "pem",
      default: "",
      aliases: [{ variable: variable("CLIENT_KEY") }],
      help: `file of the key to it${also}`,
    },
  ] as const;
}

export const optionTable = [
  {
    name: "server-url",
    type: "url",
    default: "http://localhost:4040",
    runDefault: "",
    aliases: [
      { variable: "PYROSCOPE_ADHOC_SERVER_ADDRESS", tracer: true },
      { variable: "PYROSCOPE_SERVER_ADDRESS", tracer: true },
    ],
    parameter: true,
    commands: everywhere,
    readBy: "agent",
    help: "Pyroscope server that gets the profiles; none sends none",
  },
  {
    name: "tracer-name",
    type: "string",
    default: "gst.pyroscope",
    aliases: [
      { variable: "OTEL_SERVICE_NAME" },
      { variable: "PYROSCOPE_APPLICATION_NAME" },
      { variable: "SERVICE_NAME" },
    ],
    parameter: true,
    commands: everywhere,
    readBy: "agent",
    help: "service name of all profiles and metrics",
  },
  {
    name: "sample-rate",
    type: "int",
    default: "100",
    min: 0,
    max: 1000,
    parameter: true,
    commands: everywhere,
    readBy: "tracer",
    help: "stack samples per second of CPU time and thread; 0 takes none",
  },
  {
    name: "engine",
    type: "enum",
    default: "auto",
    values: ["auto", "timer", "perf"],
    parameter: true,
    commands: everywhere,
    readBy: "tracer",
    help: "what samples: timer up to the kernel's tick, perf beyond it where the kernel permits; auto as sample-rate needs",
  },
  {
    name: "wall-rate",
    type: "int",
    default: "20",
    min: 0,
    max: 250,
    parameter: true,
    commands: everywhere,
    readBy: "tracer",
    help: "looks per second at what threads wait for, without disturbing them; 0, or sample-rate 0, looks at none",
  },
  {
    name: "stop-agent-on-dispose",
    type: "bool",
    default: "true",
    parameter: true,
    commands: ["env"],
    readBy: "tracer",
    help: "gst_deinit waits, bounded, until everything is delivered",
  },
  {
    name: "tags",
    type: "tags",
    default: "",
    aliases: [{ variable: "PYROSCOPE_LABELS" }],
    parameter: true,
    commands: everywhere,
    readBy: "agent",
    help: "labels for every profile and metric, as k1=v1,k2=v2",
  },
  {
    name: "timing",
    type: "enum",
    values: ["wrap", "hooks", "off"],
    default: "wrap",
    parameter: true,
    commands: everywhere,
    readBy: "tracer",
    help: "how buffers are timed: wrap times every pad function, hooks also links and changes of state, off nothing",
  },
  {
    name: "capture",
    type: "path",
    default: "",
    parameter: true,
    commands: everywhere,
    readBy: "agent",
    help: "directory that gets a local capture and its report; run makes one itself",
  },
  {
    name: "agent",
    type: "path",
    default: "",
    parameter: true,
    commands: ["doctor", "env"],
    readBy: "tracer",
    help: "program to start as agent; empty looks beside the plugin, then in PATH",
  },
  {
    name: "exit-timeout",
    type: "int",
    default: "-1",
    min: -1,
    max: 60_000,
    parameter: true,
    commands: ["env"],
    readBy: "tracer",
    help: "milliseconds to wait for delivery when the process ends; -1: 1000 where the agent dies with PID 1, else 0",
  },
  {
    name: "port",
    type: "int",
    default: "0",
    min: 0,
    max: 65_535,
    aliases: [{ variable: "GST_PROMETHEUS_TRACER_PORT", tracer: true }],
    parameter: true,
    commands: everywhere,
    readBy: "agent",
    help: "port that serves the metrics to Prometheus; 0 serves none",
  },
  {
    name: "address",
    type: "string",
    default: "127.0.0.1",
    parameter: true,
    commands: everywhere,
    readBy: "agent",
    help: "address of that port; 0.0.0.0 is every one",
  },
  {
    name: "compat",
    type: "enum",
    values: ["none", "prom-latency", "seed", "all"],
    default: "none",
    parameter: true,
    commands: everywhere,
    readBy: "tracer",
    help: "families of older tracers in the Prometheus text",
  },
  {
    name: "flags",
    type: "string",
    default: "pipeline+element+reported",
    parameter: true,
    commands: everywhere,
    readBy: "tracer",
    help: "latencies: pipeline from sources to sinks, element how long buffers stay in each (only if set), reported what elements say",
  },
  {
    name: "filters",
    type: "string",
    default: "",
    parameter: true,
    commands: ["env"],
    readBy: "tracer",
    help: "taken from older set-ups, selects nothing",
  },
  {
    name: "include-filter",
    type: "string",
    default: "",
    parameter: true,
    commands: ["run", "doctor", "env"],
    readBy: "tracer",
    help: "regular expression on element:pad; only what it matches is counted and timed",
  },
  {
    name: "exclude-filter",
    type: "string",
    default: "",
    parameter: true,
    commands: ["run", "doctor", "env"],
    readBy: "tracer",
    help: "regular expression on element:pad; what it matches is neither counted nor timed",
  },
  {
    name: "basic-auth-user",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_BASIC_AUTH_USER" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "user for the Pyroscope server",
  },
  {
    name: "basic-auth-password",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_BASIC_AUTH_PASSWORD" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    secret: true,
    help: "password for the Pyroscope server; from the environment or a file only",
  },
  {
    name: "auth-token",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_AUTH_TOKEN" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    secret: true,
    help: "bearer token for the Pyroscope server, before user and password; from the environment or a file only",
  },
  {
    name: "tenant-id",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_TENANT_ID" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "tenant on the Pyroscope server (X-Scope-OrgID)",
  },
  {
    name: "http-headers",
    type: "headers",
    default: "",
    aliases: [{ variable: "PYROSCOPE_HTTP_HEADERS" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    secret: true,
    help: "more headers for the Pyroscope server, as k1=v1,k2=v2 or JSON; from the environment or a file only",
  },
  {
    name: "upload-interval",
    type: "duration",
    default: "10s",
    min: 1000,
    max: 600_000,
    aliases: [{ variable: "PYROSCOPE_UPLOAD_INTERVAL" }, { variable: "PYROSCOPE_FLUSH_INTERVAL_MS", unit: "ms" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "length of one profile",
  },
  {
    name: "otlp-endpoint",
    type: "url",
    default: "http://localhost:4317",
    runDefault: "",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_ENDPOINT", tracer: true }],
    parameter: true,
    commands: sending,
    readBy: "agent",
    help: "OpenTelemetry collector that gets metrics and traces; none sends none",
  },
  {
    name: "metrics-endpoint",
    detail: true,
    type: "url",
    default: "",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", tracer: true }],
    parameter: true,
    commands: sending,
    readBy: "agent",
    help: "collector that gets the metrics, if it is another; over HTTP with its whole path",
  },
  {
    name: "traces-endpoint",
    detail: true,
    type: "url",
    default: "",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", tracer: true }],
    parameter: true,
    commands: sending,
    readBy: "agent",
    help: "collector that gets the traces, if it is another; over HTTP with its whole path",
  },
  {
    name: "otlp-interval",
    type: "duration",
    default: "10s",
    min: 1000,
    max: 600_000,
    aliases: [{ variable: "OTEL_METRIC_EXPORT_INTERVAL", unit: "ms" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "time between two exports of the metrics",
  },
  {
    name: "otlp-disabled",
    type: "bool",
    default: "false",
    aliases: [{ variable: "OTEL_SDK_DISABLED" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "send neither metrics nor traces, whatever the endpoint",
  },
  {
    name: "span-ratio",
    type: "string",
    default: "",
    aliases: [
      { variable: "OTEL_TRACES_SAMPLING_RATIO", tracer: true },
      { variable: "OTEL_SAMPLING_RATE", tracer: true },
    ],
    parameter: true,
    commands: ["run", "doctor", "env"],
    readBy: "tracer",
    help: "share of the buffers that become traces, 0 to 1; empty: none, under oteltracer by the deployment's name",
  },
  {
    name: "span-slow",
    type: "string",
    default: "p99",
    parameter: true,
    commands: ["run", "doctor", "env"],
    readBy: "tracer",
    help: "pushes kept besides, where traces are taken: slower than 99 of 100 of their pad (p99), than so many milliseconds, or off",
  },
  ...signalRows("otlp"),
  ...signalRows("traces"),
  ...signalRows("metrics"),
  {
    name: "traces-exporter",
    detail: true,
    type: "list",
    values: ["otlp", "console", "none"],
    default: "otlp",
    aliases: [{ variable: "OTEL_TRACES_EXPORTER" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "where traces go; console: a line each on the agent's stderr",
  },
  {
    name: "metrics-exporter",
    detail: true,
    type: "list",
    values: ["otlp", "none"],
    default: "otlp",
    aliases: [{ variable: "OTEL_METRICS_EXPORTER" }],
    parameter: false,
    commands: sending,
    readBy: "agent",
    help: "where metrics go; for Prometheus see port",
  },
  {
    name: "temporality",
    detail: true,
    type: "enum",
    values: ["cumulative", "delta", "lowmemory"],
    default: "cumulative",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    help: "what metrics count: all since their start, or (delta, lowmemory) all since the last export that arrived",
  },
  {
    name: "histograms",
    detail: true,
    type: "enum",
    values: ["explicit_bucket_histogram", "base2_exponential_bucket_histogram"],
    default: "explicit_bucket_histogram",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    help: "how histograms in seconds are sent",
  },
  {
    name: "span-queue",
    detail: true,
    type: "int",
    default: "2048",
    min: 1,
    max: 1_000_000,
    aliases: [{ variable: "OTEL_BSP_MAX_QUEUE_SIZE" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    help: "spans that wait in the agent for their export",
  },
  {
    name: "span-batch",
    detail: true,
    type: "int",
    default: "512",
    min: 1,
    max: 100_000,
    aliases: [{ variable: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    help: "spans in one export, at most",
  },
  {
    name: "span-delay",
    detail: true,
    type: "duration",
    default: "5s",
    min: 10,
    max: 600_000,
    aliases: [{ variable: "OTEL_BSP_SCHEDULE_DELAY", unit: "ms" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    help: "how long a span waits for a full batch",
  },
  {
    name: "console",
    detail: true,
    type: "bool",
    default: "true",
    aliases: [{ variable: "OTEL_CONSOLE_ENABLED" }],
    parameter: false,
    commands: [],
    readBy: "agent",
    help: "false: the agent says nothing on stderr, whatever log-level",
  },
  {
    name: "log-level",
    type: "enum",
    values: ["silent", "error", "warn", "info", "debug"],
    default: "warn",
    aliases: [{ variable: "PYROSCOPE_LOG_LEVEL" }, { variable: "OTEL_LOG_LEVEL" }],
    parameter: false,
    commands: ["run", "agent"],
    readBy: "agent",
    help: "how much the agent says on stderr",
  },
] as const satisfies readonly OptionRow[];

/** TABLE: variables of OpenTelemetry that somebody may rely on, and what is so instead. */
export const refusedVariables = [
  { name: "OTEL_CONFIG_FILE", instead: "files of that kind are not read; GST_PYROSCOPE_CONFIG names one of ours" },
  {
    name: "OTEL_EXPERIMENTAL_CONFIG_FILE",
    instead: "files of that kind are not read; GST_PYROSCOPE_CONFIG names one of ours",
  },
  { name: "OTEL_EXPORTER_OTLP_INSECURE", instead: "http:// or https:// of the endpoint decides" },
  { name: "OTEL_EXPORTER_OTLP_TRACES_INSECURE", instead: "http:// or https:// of the endpoint decides" },
  { name: "OTEL_EXPORTER_OTLP_METRICS_INSECURE", instead: "http:// or https:// of the endpoint decides" },
  { name: "OTEL_METRICS_EXEMPLAR_FILTER", instead: "there are no exemplars" },
] as const;

/** Variables that are no options: switches between the parts, read before any configuration. */
export const variableTable = [
  { name: "GST_PYROSCOPE_DISABLE", readBy: "tracer", help: "1 turns the tracer off entirely" },
  { name: "GST_PYROSCOPE_NODE", readBy: "tracer", help: "the node program that runs the agent" },
  {
    name: "GST_PYROSCOPE_HOST_PID",
    readBy: "tracer",
    help: "set by run: this process reads the segment, start no agent",
  },
  { name: "GST_PYROSCOPE_CONFIG", readBy: "agent", help: "JSON file with option names as keys" },
] as const;

/** `sample-rate` → `GST_PYROSCOPE_SAMPLE_RATE`. */
export function variableOf(name: string): string {
  return `GST_PYROSCOPE_${name.toUpperCase().replaceAll("-", "_")}`;
}
