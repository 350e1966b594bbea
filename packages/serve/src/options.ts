// What can the session service be told on its command line and in its environment? TABLE: options of gst-pyroscope serve.
// SPDX-License-Identifier: MPL-2.0
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addressIn, readDuration, readNumber, readSize, readUid } from "./option-values.js";
import { streamAction } from "./stream-options.js";

export type OptionKind = "text" | "list" | "switch" | "number" | "duration" | "size";

export interface OptionRow {
  kind: OptionKind;
  /** What holds when nobody sets it; of a list "" = none. */
  fallback: string;
  help: string;
  /** Another name of the variable than GST_PYROSCOPE_SERVE_…, from the contract. */
  env?: string;
}

export const optionTable = {
  "data-dir": { kind: "text", fallback: "", help: "folder of the store; default ~/.local/share/gst-pyroscope/serve" },
  port: { kind: "number", fallback: "8080", help: "TCP port; 0: a free one" },
  address: {
    kind: "text",
    fallback: "127.0.0.1",
    help: "address to listen on; beyond loopback the service starts only with --allow-origin",
  },
  "allow-origin": {
    kind: "list",
    fallback: "",
    help: "origins of pages whose players may send, http://localhost:3000; needed on this machine too, but for --lab",
  },
  lab: {
    kind: "switch",
    fallback: "off",
    help: "project demo with the token demo-token, for trying out; loopback only",
  },
  store: { kind: "text", fallback: "auto", help: "auto, better-sqlite3, node:sqlite, or memory (nothing is kept)" },
  durable: { kind: "switch", fallback: "off", help: "each commit waits for the disk: survives power loss" },
  "rate-limit-capacity": {
    kind: "number",
    fallback: "100",
    env: "MTRACE_RATE_LIMIT_CAPACITY",
    help: "events at once, of each project, client address and origin",
  },
  "rate-limit-refill": {
    kind: "number",
    fallback: "100",
    env: "MTRACE_RATE_LIMIT_REFILL",
    help: "events per second, likewise",
  },
  "retain-events": { kind: "duration", fallback: "7d", help: "events are removed after this time" },
  "retain-sessions": { kind: "duration", fallback: "30d", help: "ended sessions are removed after this time" },
  "max-bytes": {
    kind: "size",
    fallback: "5GB",
    help: "size of the store's file without its log of writes; what is oldest goes first, events before sessions",
  },
  origin: { kind: "text", fallback: "", help: "folder with the files of a live HLS stream, served below /live/" },
  "pyroscope-url": { kind: "text", fallback: "", help: "address of the Pyroscope that has the pipelines' profiles" },
  "grafana-url": {
    kind: "text",
    fallback: "",
    help: "address of the Grafana that shows these profiles; incidents link to its Explore page, as https://grafana.example/?orgId=1",
  },
  "grafana-datasource": {
    kind: "text",
    fallback: "pyroscope",
    help: "UID of Grafana's data source for that Pyroscope, as in the address of the data source's settings",
  },
} as const satisfies Record<string, OptionRow>;

type OptionName = keyof typeof optionTable;

/** What stands in place of the server's start; only on the command line. */
const actions = {
  "purge-session": { type: "string" },
  "purge-before": { type: "string" },
  wipe: { type: "boolean" },
  project: { type: "string" },
  kind: { type: "string" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const;

export interface Settings {
  dataDir: string;
  port: number;
  address: string;
  allowOrigins: string[];
  lab: boolean;
  store: "auto" | "better-sqlite3" | "node:sqlite" | "memory";
  durable: boolean;
  limits: { capacity: number; refill: number };
  retention: { eventsMs: number; sessionsMs: number; maxBytes: number };
  /** "" = none. */
  origin: string;
  /** Addresses; "" = none. */
  pyroscope: string;
  grafana: string;
  /** UID of Grafana's data source. */
  datasource: string;
}

export type Action =
  | { what: "serve" | "help" | "version" | "wipe" | "token-list" }
  | { what: "purge-session"; sessionId: string; project: string }
  | { what: "purge-before"; ageMs: number }
  | { what: "token-add"; project: string; kind: "browser" | "pipeline" | "read" | "admin" }
  | { what: "token-remove"; hash: string }
  | { what: "stream-list"; project: string }
  | { what: "stream-map"; project: string; path: string; stream: string }
  | { what: "stream-unmap"; project: string; path: string };

export interface Asked {
  action: Action;
  settings: Settings;
}

/** Its message is for a person, and says what to do. */
export class UsageError extends Error {}

export const variableOf = (name: OptionName): string => {
  const row: OptionRow = optionTable[name];
  return row.env ?? `GST_PYROSCOPE_SERVE_${name.replaceAll("-", "_").toUpperCase()}`;
};

/** The command line wins over the environment. Throws UsageError. */
export function readOptions(args: string[], environment: Record<string, string | undefined>): Asked {
  const { values, positionals } = parsed(args);
  const texts = (name: OptionName): string[] => {
    const given = values[name];
    if (given === true) return ["on"];
    if (given !== undefined) return [given].flat().map(String);
    const variable = environment[variableOf(name)];
    return [variable === undefined || variable === "" ? optionTable[name].fallback : variable];
  };
  return { settings: settingsOf(texts), action: actionOf(values, positionals) };
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parsed(args: string[]): { values: Values; positionals: string[] } {
  const rows = Object.entries(optionTable).map(([name, { kind }]) => {
    const multiple = kind === "list";
    return [name, kind === "switch" ? { type: "boolean" as const } : { type: "string" as const, multiple }];
  });
  try {
    return parseArgs({ args, options: { ...Object.fromEntries(rows), ...actions }, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.\s/);
    throw new UsageError(`${sentence} (--help shows what there is)`);
  }
}

function settingsOf(texts: (name: OptionName) => string[]): Settings {
  const text = (name: OptionName): string => texts(name).at(-1) ?? "";
  const number = (name: OptionName, least: number, most: number) => readNumber(name, text(name), { least, most });
  const lab = isOn("lab", text("lab"));
  const dataDir = text("data-dir") || join(homedir(), ".local/share/gst-pyroscope/serve");
  return {
    dataDir,
    port: number("port", 0, 65_535),
    address: text("address"),
    allowOrigins: texts("allow-origin").flatMap(originsIn),
    lab,
    store: storeOf(text("store")),
    durable: isOn("durable", text("durable")),
    limits: { capacity: number("rate-limit-capacity", 1, 1e9), refill: number("rate-limit-refill", 1, 1e9) },
    retention: {
      eventsMs: readDuration("retain-events", text("retain-events")),
      sessionsMs: readDuration("retain-sessions", text("retain-sessions")),
      maxBytes: readSize("max-bytes", text("max-bytes")),
    },
    origin: text("origin"),
    pyroscope: addressIn("pyroscope-url", text("pyroscope-url")),
    grafana: addressIn("grafana-url", text("grafana-url")),
    datasource: readUid("grafana-datasource", text("grafana-datasource")),
  };
}

function isOn(name: string, text: string): boolean {
  if (/^(on|true|1|yes)$/i.test(text)) return true;
  if (/^(off|false|0|no)$/i.test(text)) return false;
  throw new UsageError(`${name}=${text} is neither on nor off`);
}

function storeOf(text: string): Settings["store"] {
  for (const one of ["auto", "better-sqlite3", "node:sqlite", "memory"] as const) if (one === text) return one;
  throw new UsageError(`store=${text} is unknown: auto, better-sqlite3, node:sqlite or memory`);
}

/** As browsers write them: scheme, host and port, nothing behind. */
function originsIn(text: string): string[] {
  const origins = text.split(/[\s,]+/).filter((one) => one !== "");
  for (const one of origins) {
    if (!URL.canParse(one) || new URL(one).origin !== one)
      throw new UsageError(
        `allow-origin=${one} is no origin: write scheme, host and port only, as https://example.org`,
      );
  }
  return origins;
}

function actionOf(values: Values, words: string[]): Action {
  const [noun, verb, operand, ...more] = words;
  if (values.help) return { what: "help" };
  if (values.version) return { what: "version" };
  if (noun === "token" && verb === "add") needProjectAndKind(values);
  const project = typeof values.project === "string" ? values.project : "demo";
  if (noun === "token" && more.length === 0) return tokenAction(verb, operand, project, values.kind);
  if (noun === "stream") return streamAction(words.slice(1), project);
  if (noun !== undefined) throw new UsageError(`there is no ${noun} here (--help shows what there is)`);
  if (values.wipe) return { what: "wipe" };
  const { "purge-session": sessionId, "purge-before": age } = values;
  if (typeof sessionId === "string") return { what: "purge-session", sessionId, project };
  if (typeof age === "string") return { what: "purge-before", ageMs: readDuration("purge-before", age) };
  return { what: "serve" };
}

function hashIn(text: string): string {
  if (/^[0-9a-f]{8,64}$/.test(text)) return text;
  throw new UsageError(`${text} is no hash of a token: token list shows them, and 8 of their characters are enough`);
}

/** Whose it is and what it may do cannot be changed later. */
function needProjectAndKind({ project, kind }: Values): void {
  if (project === undefined || kind === undefined)
    throw new UsageError(
      "token add needs both: --project NAME, and --kind browser (may send), pipeline, read, or admin (may delete)",
    );
}

function tokenAction(verb: string | undefined, operand: string | undefined, project: string, kind: unknown): Action {
  if (verb === "list" && operand === undefined) return { what: "token-list" };
  if (verb === "remove" && operand !== undefined) return { what: "token-remove", hash: hashIn(operand) };
  if (verb !== "add" || operand !== undefined)
    throw new UsageError("token add --project NAME --kind KIND, token list, or token remove HASH (of the list)");
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(project))
    throw new UsageError(`project=${project}: letters, digits, dot, dash and underscore, 64 at most`);
  for (const one of ["browser", "pipeline", "read", "admin"] as const)
    if (one === kind) return { what: "token-add", project, kind: one };
  throw new UsageError(`kind=${String(kind)} is unknown: browser (may send), pipeline, read, or admin (may delete)`);
}
