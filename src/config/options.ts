// What can a person tune? TABLE: options, for both halves. Types, parsing, --help, checks, native/tracer/options.inc and
// the tables of docs/options.md derive from it; it imports nothing, so that scripts can read it before anything is built.
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
  /** url: http or https, `none` for no server. pem: a readable file of that kind. port: a number, or `auto`. list: of `values`, by commas. duration: milliseconds in the configuration; written as 500ms, 10s, 2min; a bare number counts seconds. size: bytes; written as 500MB, 1GiB. */
  type:
    | "string"
    | "url"
    | "path"
    | "pem"
    | "int"
    | "port"
    | "bool"
    | "enum"
    | "list"
    | "tags"
    | "headers"
    | "duration"
    | "size";
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
  commands: readonly ("run" | "agent" | "doctor" | "env" | "symbolize")[];
  /** Which half acts on it. */
  readBy: "tracer" | "agent" | "both";
  /** With the other settings of the export; "names": with those of the names of frames; "one signal": with the row for all signals. */
  detail?: true | "names" | "one signal";
  /** Values of headers are percent-encoded, as in OTEL_EXPORTER_OTLP_HEADERS. */
  encoded?: true;
  /** A person switches it on, on the command line: no variable, no file and no tracer can. */
  flagOnly?: true;
  /** A text of nothing makes no sense. */
  notEmpty?: true;
  /** Never printed. */
  secret?: true;
  help: string;
}

const everywhere = ["run", "agent", "doctor", "env"] as const;
/** What the agent acts on: a flag of every command, and a parameter of the tracer or not; `silent`: from the environment or a file alone. */
const agentParameter = { parameter: true, commands: everywhere, readBy: "agent" } as const;
const agentSetting = { ...agentParameter, parameter: false } as const;
const silentSetting = { ...agentSetting, commands: [] } as const;
const exportDetail = { ...silentSetting, detail: true } as const;
/** What the tracer acts on. An agent that serves a running target comes too late for `pipeline`; `launcher`: of other launchers only. */
const tracerParameter = { ...agentParameter, readBy: "tracer" } as const;
const pipelineParameter = { ...tracerParameter, commands: ["run", "doctor", "env"] } as const;
const launcherParameter = { ...tracerParameter, commands: ["env"] } as const;

/** What can be set for all OTLP signals (otlp) and for one of them, which then counts more. */
function signalRows<const S extends "otlp" | "traces" | "metrics">(signal: S) {
  const all = signal === "otlp";
  const older = { otlp: "", traces: "OTEL_BSP_EXPORT_TIMEOUT", metrics: "OTEL_METRIC_EXPORT_TIMEOUT" }[signal];
  const variable = (name: string) => `OTEL_EXPORTER_OTLP_${all ? "" : `${signal.toUpperCase()}_`}${name}`;
  const common = { ...silentSetting, detail: all ? true : "one signal" } as const;
  const pem = { ...common, type: "pem", default: "" } as const;
  const also = "; also traces-… and metrics-…";
  return [
    {
      ...common,
      name: `${signal}-protocol` as const,
      type: "enum",
      values: ["auto", "grpc", "http/protobuf"],
      default: "auto",
      aliases: [{ variable: variable("PROTOCOL") }],
      help: `OTLP protocol; auto: http/protobuf on port 4318, else grpc${also}`,
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
      help: `compression of exports; auto: none${also}`,
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
      help: `timeout of one attempt to export; 0: 10 s, for metrics half of their interval at most${also}`,
    },
    {
      ...pem,
      name: `${signal}-certificate` as const,
      aliases: [{ variable: variable("CERTIFICATE") }],
      help: `CA certificates of the collector (a PEM file); empty: those of Node${also}`,
    },
    {
      ...pem,
      name: `${signal}-client-certificate` as const,
      aliases: [{ variable: variable("CLIENT_CERTIFICATE") }],
      help: `client certificate (a PEM file), if the collector asks for one${also}`,
    },
    {
      ...pem,
      name: `${signal}-client-key` as const,
      aliases: [{ variable: variable("CLIENT_KEY") }],
      help: `private key of the client certificate (a PEM file)${also}`,
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
    ...agentParameter,
    help: "Pyroscope URL for profiles; none disables the upload",
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
    ...agentParameter,
    help: "service.name of all profiles, metrics and spans",
  },
  {
    name: "sample-rate",
    type: "int",
    default: "100",
    min: 0,
    max: 1000,
    ...tracerParameter,
    help: "stack samples per second of a thread's CPU time; 0 disables them",
  },
  {
    name: "engine",
    type: "enum",
    default: "auto",
    values: ["auto", "timer", "perf"],
    ...tracerParameter,
    help: "sampling engine: timer up to the kernel's tick, perf for higher rates where the kernel permits it; auto chooses by sample-rate",
  },
  {
    name: "wall-rate",
    type: "int",
    default: "20",
    min: 0,
    max: 250,
    ...tracerParameter,
    help: "off-CPU samples per second and thread (no signal is sent); 0 disables them, and so does sample-rate 0",
  },
  {
    name: "stop-agent-on-dispose",
    type: "bool",
    default: "true",
    ...launcherParameter,
    help: "gst_deinit waits until everything is delivered, 750 ms at most",
  },
  {
    name: "tags",
    type: "tags",
    default: "",
    aliases: [{ variable: "PYROSCOPE_LABELS" }],
    ...agentParameter,
    help: "labels of every profile and attributes of every metric, as k1=v1,k2=v2",
  },
  {
    name: "timing",
    type: "enum",
    values: ["wrap", "hooks", "off"],
    default: "wrap",
    ...tracerParameter,
    help: "timing of buffers: wrap times every pad function, hooks also links and state changes, off none",
  },
  {
    name: "standby",
    type: "bool",
    default: "false",
    ...pipelineParameter,
    help: "prepare everything and record nothing until it is switched on: gst-pyroscope set enabled=true, or the tracer's property enabled",
  },
  {
    name: "capture",
    type: "path",
    default: "",
    ...agentParameter,
    help: "directory for a local capture and its report; run makes one by itself",
  },
  {
    name: "capture-max-size",
    type: "size",
    default: "1GiB",
    min: 16 * 1024 * 1024,
    max: 1024 ** 4,
    ...agentParameter,
    help: "size limit of one process's capture, in bytes; beyond it the oldest profiles are merged, then dropped",
  },
  {
    name: "capture-max-age",
    type: "duration",
    default: "0s",
    min: 0,
    max: 3650 * 86_400_000,
    ...agentParameter,
    help: "age limit of profiles and spans in a capture; 0: none",
  },
  {
    name: "agent",
    type: "path",
    default: "",
    parameter: true,
    commands: ["doctor", "env"],
    readBy: "tracer",
    help: "agent program; empty: the one beside the plugin, then the one in PATH",
  },
  {
    name: "exit-timeout",
    type: "int",
    default: "-1",
    min: -1,
    max: 60_000,
    ...launcherParameter,
    help: "milliseconds that a process which ends waits for delivery; -1: 1000 where the agent dies with PID 1, else 0",
  },
  {
    name: "port",
    type: "int",
    default: "0",
    min: 0,
    max: 65_535,
    aliases: [{ variable: "GST_PROMETHEUS_TRACER_PORT", tracer: true }],
    ...agentParameter,
    help: "TCP port of the Prometheus endpoint; 0 disables it",
  },
  {
    name: "address",
    type: "string",
    notEmpty: true,
    default: "127.0.0.1",
    ...agentParameter,
    help: "address that the Prometheus endpoint listens on; 0.0.0.0: all",
  },
  {
    name: "live-port",
    type: "port",
    default: "0",
    ...agentParameter,
    help: "TCP port of the live page; auto: a free one, whose address gst-pyroscope live prints; 0 disables it",
  },
  {
    name: "live-address",
    type: "string",
    notEmpty: true,
    default: "127.0.0.1",
    ...agentParameter,
    help: "address that the live page listens on; another one than this machine's own needs live-password, or live-tls-cert and live-tls-key",
  },
  {
    name: "live-password",
    type: "string",
    default: "",
    secret: true,
    ...silentSetting,
    help: "password of the live page, by HTTP basic authentication with any user; from the environment or a file only",
  },
  {
    name: "live-tls-cert",
    type: "pem",
    default: "",
    ...silentSetting,
    help: "certificate of the live page (a PEM file), which is served over TLS then",
  },
  {
    name: "live-tls-key",
    type: "pem",
    default: "",
    ...silentSetting,
    help: "private key of that certificate (a PEM file)",
  },
  {
    name: "compat",
    type: "enum",
    values: ["none", "prom-latency", "seed", "all"],
    default: "none",
    ...tracerParameter,
    help: "metric families of older tracers in the text for Prometheus",
  },
  {
    name: "flags",
    type: "string",
    default: "pipeline+element+reported",
    ...tracerParameter,
    help: "latencies to measure: pipeline (source to sink), element (time of a buffer in each, only if set), reported (answers to latency queries)",
  },
  {
    name: "filters",
    type: "string",
    default: "",
    ...launcherParameter,
    help: "accepted for compatibility; ignored",
  },
  {
    name: "include-filter",
    type: "string",
    default: "",
    ...pipelineParameter,
    help: "regular expression on element:pad; only pads that it matches are counted and timed",
  },
  {
    name: "exclude-filter",
    type: "string",
    default: "",
    ...pipelineParameter,
    help: "regular expression on element:pad; pads that it matches are neither counted nor timed",
  },
  {
    name: "basic-auth-user",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_BASIC_AUTH_USER" }],
    ...agentSetting,
    help: "user of the Pyroscope server (basic authentication)",
  },
  {
    name: "basic-auth-password",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_BASIC_AUTH_PASSWORD" }],
    ...silentSetting,
    secret: true,
    help: "password of the Pyroscope server; from the environment or a file only",
  },
  {
    name: "auth-token",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_AUTH_TOKEN" }],
    ...silentSetting,
    secret: true,
    help: "bearer token of the Pyroscope server, used instead of user and password; from the environment or a file only",
  },
  {
    name: "tenant-id",
    type: "string",
    default: "",
    aliases: [{ variable: "PYROSCOPE_TENANT_ID" }],
    ...agentSetting,
    help: "tenant of the Pyroscope server (X-Scope-OrgID)",
  },
  {
    name: "http-headers",
    type: "headers",
    default: "",
    aliases: [{ variable: "PYROSCOPE_HTTP_HEADERS" }],
    ...silentSetting,
    secret: true,
    help: "additional headers for the Pyroscope server, as k1=v1,k2=v2 or JSON; from the environment or a file only",
  },
  {
    name: "upload-interval",
    type: "duration",
    default: "10s",
    min: 1000,
    max: 600_000,
    aliases: [{ variable: "PYROSCOPE_UPLOAD_INTERVAL" }, { variable: "PYROSCOPE_FLUSH_INTERVAL_MS", unit: "ms" }],
    ...agentSetting,
    help: "time that one profile covers",
  },
  {
    name: "otlp-endpoint",
    type: "url",
    default: "http://localhost:4317",
    runDefault: "",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_ENDPOINT", tracer: true }],
    ...agentParameter,
    help: "OTLP endpoint for metrics and traces; none disables both",
  },
  {
    name: "metrics-endpoint",
    detail: true,
    type: "url",
    default: "",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", tracer: true }],
    ...agentParameter,
    help: "OTLP endpoint for metrics, if it is another; over HTTP with the whole path",
  },
  {
    name: "traces-endpoint",
    detail: true,
    type: "url",
    default: "",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", tracer: true }],
    ...agentParameter,
    help: "OTLP endpoint for traces, if it is another; over HTTP with the whole path",
  },
  {
    name: "otlp-interval",
    type: "duration",
    default: "10s",
    min: 1000,
    max: 600_000,
    aliases: [{ variable: "OTEL_METRIC_EXPORT_INTERVAL", unit: "ms" }],
    ...agentSetting,
    help: "interval between two exports of metrics",
  },
  {
    name: "otlp-disabled",
    type: "bool",
    default: "false",
    aliases: [{ variable: "OTEL_SDK_DISABLED" }],
    ...agentSetting,
    help: "disables metrics and traces over OTLP, whatever the endpoint",
  },
  {
    name: "span-ratio",
    type: "string",
    default: "",
    aliases: [
      { variable: "OTEL_TRACES_SAMPLING_RATIO", tracer: true },
      { variable: "OTEL_SAMPLING_RATE", tracer: true },
    ],
    ...pipelineParameter,
    help: "sampling ratio of traces, 0 to 1 of the buffers; empty: no traces, under oteltracer by deployment.environment",
  },
  {
    name: "span-slow",
    type: "string",
    default: "p99",
    ...pipelineParameter,
    help: "tail sampling, where traces are taken: also keep pushes slower than their pad's p99, than so many milliseconds, or off",
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
    ...agentSetting,
    help: "exporter of traces; console: one line a span on the agent's stderr",
  },
  {
    name: "metrics-exporter",
    detail: true,
    type: "list",
    values: ["otlp", "none"],
    default: "otlp",
    aliases: [{ variable: "OTEL_METRICS_EXPORTER" }],
    ...agentSetting,
    help: "exporter of metrics; for Prometheus see port",
  },
  {
    name: "metrics-sender",
    type: "enum",
    values: ["sdk", "own"],
    default: "sdk",
    ...exportDetail,
    help: "sender of metrics over gRPC: OpenTelemetry's exporter (sdk) or the one that sends the traces (own)",
  },
  {
    name: "temporality",
    type: "enum",
    values: ["cumulative", "delta", "lowmemory"],
    default: "cumulative",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE" }],
    ...exportDetail,
    help: "temporality of metrics: cumulative since their start, or (delta, lowmemory) since the last export that arrived",
  },
  {
    name: "histograms",
    type: "enum",
    values: ["explicit_bucket_histogram", "base2_exponential_bucket_histogram"],
    default: "explicit_bucket_histogram",
    aliases: [{ variable: "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION" }],
    ...exportDetail,
    help: "aggregation of histograms in seconds",
  },
  {
    name: "span-queue",
    type: "int",
    default: "2048",
    min: 1,
    max: 1_000_000,
    aliases: [{ variable: "OTEL_BSP_MAX_QUEUE_SIZE" }],
    ...exportDetail,
    help: "spans that wait for their export, at most",
  },
  {
    name: "span-batch",
    type: "int",
    default: "512",
    min: 1,
    max: 100_000,
    aliases: [{ variable: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" }],
    ...exportDetail,
    help: "spans in one export, at most",
  },
  {
    name: "span-delay",
    type: "duration",
    default: "5s",
    min: 10,
    max: 600_000,
    aliases: [{ variable: "OTEL_BSP_SCHEDULE_DELAY", unit: "ms" }],
    ...exportDetail,
    help: "time that a span waits for a full batch, at most",
  },
  {
    name: "console",
    type: "bool",
    default: "true",
    aliases: [{ variable: "OTEL_CONSOLE_ENABLED" }],
    ...exportDetail,
    help: "false: nothing on the agent's stderr, whatever log-level",
  },
  {
    name: "symbols",
    detail: "names",
    type: "enum",
    values: ["local", "server"],
    default: "local",
    ...agentSetting,
    help: "where frames are named; server: frames without a symbol here are sent as addresses with build-ids for Pyroscope's symbolizer",
  },
  {
    name: "debuginfod-urls",
    detail: "names",
    type: "string",
    default: "",
    aliases: [{ variable: "DEBUGINFOD_URLS" }],
    ...agentSetting,
    commands: [...everywhere, "symbolize"],
    help: "debuginfod servers for the symbols of stripped modules, separated by spaces; without them and without --debuginfod none is asked",
  },
  {
    name: "debuginfod",
    detail: "names",
    type: "bool",
    default: "false",
    ...agentSetting,
    commands: ["run", "agent", "symbolize"],
    flagOnly: true,
    help: "ask the distribution's own debuginfod server, as os-release names the distribution, unless debuginfod-urls names others; on the command line only",
  },
  {
    name: "debuginfod-cache-path",
    detail: "names",
    type: "path",
    default: "",
    aliases: [{ variable: "DEBUGINFOD_CACHE_PATH" }],
    ...silentSetting,
    help: "cache of debuginfod files, shared with gdb; empty: debuginfod_client in $XDG_CACHE_HOME or ~/.cache",
  },
  {
    name: "debuginfod-timeout",
    detail: "names",
    type: "duration",
    default: "90s",
    min: 100,
    max: 3_600_000,
    aliases: [{ variable: "DEBUGINFOD_TIMEOUT", unit: "s" }],
    ...silentSetting,
    help: "timeout of a debuginfod server for the first 100 KB of a file",
  },
  {
    name: "debuginfod-maxtime",
    detail: "names",
    type: "duration",
    default: "10min",
    min: 100,
    max: 86_400_000,
    aliases: [{ variable: "DEBUGINFOD_MAXTIME", unit: "s" }],
    ...silentSetting,
    help: "timeout of a debuginfod server for a whole file",
  },
  {
    name: "debuginfod-maxsize",
    detail: "names",
    type: "size",
    default: "512MiB",
    min: 1,
    max: 8_589_934_592,
    aliases: [{ variable: "DEBUGINFOD_MAXSIZE" }],
    ...silentSetting,
    help: "size of the largest file that is fetched, in bytes",
  },
  {
    name: "windows-url",
    type: "url",
    default: "",
    ...agentParameter,
    help: "session service that gets figures of each pipeline every two seconds, to find out why a viewer's picture stops; none sends nothing",
  },
  {
    name: "windows-token",
    type: "string",
    default: "",
    secret: true,
    ...silentSetting,
    help: "token of the session service, of the kind pipeline; from the environment or a file only",
  },
  {
    name: "windows-project",
    type: "string",
    notEmpty: true,
    default: "demo",
    ...agentSetting,
    help: "project of the session service that the token belongs to",
  },
  {
    name: "stream",
    type: "string",
    default: "",
    ...agentParameter,
    help: "name of the stream that the process makes: connects its pipelines with the viewers; the same as the tag stream",
  },
  {
    name: "log-level",
    type: "enum",
    values: ["silent", "error", "warn", "info", "debug"],
    default: "warn",
    aliases: [{ variable: "PYROSCOPE_LOG_LEVEL" }, { variable: "OTEL_LOG_LEVEL" }],
    ...agentSetting,
    help: "log level of the agent on stderr",
  },
  {
    name: "self-profile",
    type: "bool",
    default: "false",
    ...agentSetting,
    help: "also profile the agent itself, CPU and wall, as <tracer-name>.agent",
  },
] as const satisfies readonly OptionRow[];

/** TABLE: variables of OpenTelemetry that are ignored, and what counts instead. */
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
  { name: "GST_PYROSCOPE_DISABLE", readBy: "tracer", help: "1 disables the tracer" },
  { name: "GST_PYROSCOPE_NODE", readBy: "tracer", help: "node program that runs the agent" },
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
