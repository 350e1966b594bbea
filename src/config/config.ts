// Which value does each option have, and who said so? The only place that reads the environment.
// Order: flag > tracer parameter > GST_PYROSCOPE_* > PYROSCOPE_* and OTEL_* > file > default. A value that makes no sense
// is left out and reported, and the next one counts: a wrong setting never stops a profiler in somebody's process.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import envVar from "env-var";
import { didYouMean, parse, parseJson, shown } from "./option-values.js";
import { type Alias, type OptionRow, optionTable, refusedVariables, variableOf, variableTable } from "./options.js";

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type Value<Row extends OptionRow> = Row["type"] extends "int" | "duration" | "size"
  ? number
  : Row["type"] extends "bool"
    ? boolean
    : Row["type"] extends "tags" | "headers"
      ? Record<string, string>
      : Row extends { type: "list"; values: readonly (infer Word)[] }
        ? Word[]
        : Row["values"] extends readonly (infer Word)[]
          ? Word
          : string;

type Rows = (typeof optionTable)[number];
/** Durations are milliseconds; an empty string is "none". */
export type Config = { [Row in Rows as Camel<Row["name"]>]: Value<Row> };
export type OptionName = Rows["name"];
export type Environment = Record<string, string | undefined>;

export interface Layers {
  /** By option name, as typed. */
  flags?: Partial<Record<OptionName, string>>;
  /** What the user gave the tracer as parameters; nothing that is only its default. */
  tracer?: Partial<Record<OptionName, string>>;
  environment?: Environment;
  /** Other defaults under another name of the tracer. */
  preset?: Partial<Record<OptionName, string>>;
  /** Path of a JSON file; else GST_PYROSCOPE_CONFIG. */
  file?: string | undefined;
  /** Under `run` nothing is sent unless somebody asks. */
  underRun?: boolean;
}

export interface Setting {
  name: OptionName;
  value: unknown;
  /** Fit to print: secrets are masked. */
  shown: string;
  /** `--sample-rate`, `tracer parameter`, a variable's name, a path or `default`. */
  source: string;
}

export interface Problem {
  source: string;
  /** One line that says what is wrong and what is used instead; without secrets. */
  text: string;
}

export interface Resolved {
  config: Config;
  settings: Setting[];
  problems: Problem[];
}

/** Where anything is sent to. */
export function serversOf({
  serverUrl,
  otlpEndpoint,
  metricsEndpoint,
  tracesEndpoint,
  otlpDisabled,
}: Config): string[] {
  const collectors = otlpDisabled ? [] : [otlpEndpoint, metricsEndpoint, tracesEndpoint];
  return [...new Set([serverUrl, ...collectors])].filter((url) => url !== "");
}

/** Where debuginfod's own client would keep its files. */
export function debuginfodCache({ debuginfodCachePath }: Config, variables: Environment = process.env): string {
  if (debuginfodCachePath !== "") return debuginfodCachePath;
  return join(variables.XDG_CACHE_HOME || join(variables.HOME || homedir(), ".cache"), "debuginfod_client");
}

/** The variables of this process, as launchers and readers of single variables need them. */
export function environment(): Environment {
  return process.env;
}

export function resolveConfig(layers: Layers): Resolved {
  const variables = envVar.from(withServiceName(layers.environment ?? process.env));
  const problems: Problem[] = [
    ...unknownVariables(layers.environment ?? process.env),
    ...refused(layers.environment ?? process.env),
  ];
  const path = layers.file ?? variables.get("GST_PYROSCOPE_CONFIG").asString() ?? "";
  const file = path === "" ? {} : readFile(path, problems);
  const settings = optionTable.map((row: OptionRow & { name: OptionName }): Setting => {
    const asked: Asked[] = [{ source: `--${row.name}`, text: layers.flags?.[row.name] }];
    asked.push({ source: "tracer parameter", text: layers.tracer?.[row.name] });
    for (const alias of [{ variable: variableOf(row.name) }, ...(row.aliases ?? [])] as Alias[]) {
      const text = variables.get(alias.variable).asString() || undefined; // an empty variable is an unset one
      asked.push({ source: alias.variable, text, unit: alias.unit });
    }
    asked.push({ source: path, text: file[row.name] });
    asked.push({ source: "preset", text: layers.preset?.[row.name] });
    asked.push({ source: "default", text: layers.underRun ? (row.runDefault ?? row.default) : row.default });
    return choose(row, asked, problems);
  });
  const entries = settings.map((setting) => [camel(setting.name), setting.value]);
  return { config: Object.fromEntries(entries) as Config, settings, problems };
}

/** The standard's other way to name a service counts where OTEL_SERVICE_NAME says nothing. */
function withServiceName(told: Environment): Environment {
  const [, name = ""] =
    /(?:^|,)\s*service\.name\s*=\s*([^,]*?)\s*(?:,|$)/.exec(told.OTEL_RESOURCE_ATTRIBUTES ?? "") ?? [];
  if (told.OTEL_SERVICE_NAME || name === "") return told;
  try {
    return { ...told, OTEL_SERVICE_NAME: decodeURIComponent(name) };
  } catch {
    return told; // no percent-encoding
  }
}

interface Asked {
  source: string;
  text: string | undefined;
  unit?: "ms" | "s" | undefined;
}

function choose(row: OptionRow & { name: OptionName }, asked: Asked[], problems: Problem[]): Setting {
  const refused: Problem[] = [];
  for (const { source, text, unit } of asked) {
    if (text === undefined) continue;
    const { value, problem } = parse(row, text.trim(), unit);
    const said = `${row.name} (${source}): ${problem}`;
    if (value === undefined) {
      refused.push({ source, text: said });
      continue;
    }
    const setting = { name: row.name, value, shown: shown(row, value), source };
    problems.push(...refused.map((one) => ({ ...one, text: `${one.text}; using ${setting.shown || "none"}` })));
    if (problem !== undefined) problems.push({ source, text: said });
    return setting;
  }
  throw new Error(`the default of ${row.name} does not parse`);
}

function unknownVariables(variables: Environment): Problem[] {
  const known = [...optionTable.map((row) => variableOf(row.name)), ...variableTable.map((row) => row.name)];
  const unknown = Object.keys(variables).filter((name) => name.startsWith("GST_PYROSCOPE_") && !known.includes(name));
  return unknown.map((name) => ({ source: name, text: `${name}: unknown, ignored${didYouMean(name, known)}` }));
}

function refused(variables: Environment): Problem[] {
  const set = refusedVariables.filter(({ name }) => (variables[name] ?? "") !== "");
  return set.map(({ name, instead }) => ({ source: name, text: `${name} is ignored: ${instead}` }));
}

function readFile(path: string, problems: Problem[]): Partial<Record<OptionName, string>> {
  const names: readonly string[] = optionTable.map((row) => row.name);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseFile(path, problems))) {
    if (!names.includes(name)) {
      problems.push({ source: path, text: `${path}: ${name}: unknown, ignored${didYouMean(name, names)}` });
    } else values[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  return values;
}

function parseFile(path: string, problems: Problem[]): object {
  try {
    const text = readFileSync(path, "utf8");
    const parsed: unknown = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
    if (parsed) return parsed;
    problems.push({ source: path, text: `${path}: not a JSON object; the file is ignored` });
  } catch (error) {
    problems.push({ source: path, text: `${path}: ${(error as NodeJS.ErrnoException).code}; the file is ignored` });
  }
  return {};
}

/** `sample-rate` → `sampleRate`. */
export function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
