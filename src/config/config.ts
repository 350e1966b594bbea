// Which value does each option have, and who said so? The only place that reads the environment.
// Order: flag > tracer parameter > GST_PYROSCOPE_* > PYROSCOPE_* and OTEL_* > file > default. A value that makes no sense
// is left out and reported, and the next one counts: a wrong setting never stops the profiler of a running process.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import envVar from "env-var";
import type { Config, Environment, Layers, OptionName, Problem, Resolved, Setting } from "./configuration.js";
import { didYouMean, parse, parseJson, shown } from "./option-values.js";
import { type Alias, type OptionRow, optionTable, refusedVariables, variableOf, variableTable } from "./options.js";

/** Where anything is sent to. */
export function serversOf(config: Config): string[] {
  const collectors = config.otlpDisabled ? [] : [config.otlpEndpoint, config.metricsEndpoint, config.tracesEndpoint];
  return [...new Set([config.serverUrl, ...collectors, config.windowsUrl])].filter((url) => url !== "");
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

/** What `work`, which must not wait for anything, sees as the variables of this process. They stay what they are: other threads read them. */
export function withEnvironment<T>(variables: Environment, work: () => T): T {
  const own = process.env;
  process.env = variables;
  try {
    return work();
  } finally {
    process.env = own;
  }
}

export function resolveConfig(layers: Layers): Resolved {
  const told = layers.environment ?? process.env;
  const variables = envVar.from(withServiceName(told));
  const problems = [...unknownVariables(told), ...refused(told)];
  const path = layers.file ?? variables.get("GST_PYROSCOPE_CONFIG").asString() ?? "";
  const file = path === "" ? {} : readFile(path, problems);
  const settings = optionTable.map((row: OptionRow & { name: OptionName }): Setting => {
    const flag: Asked = { source: `--${row.name}`, text: layers.flags?.[row.name] };
    const usual: Asked = { source: "default", text: layers.underRun ? (row.runDefault ?? row.default) : row.default };
    if (row.flagOnly) return choose(row, [flag, usual], problems);
    const asked: Asked[] = [flag, { source: "tracer parameter", text: layers.tracer?.[row.name] }];
    for (const alias of [{ variable: variableOf(row.name) }, ...(row.aliases ?? [])] as Alias[]) {
      const text = variables.get(alias.variable).asString() || undefined; // an empty variable is an unset one
      asked.push({ source: alias.variable, text, unit: alias.unit });
    }
    asked.push({ source: path, text: file[row.name] });
    asked.push({ source: "preset", text: layers.preset?.[row.name] });
    return choose(row, [...asked, usual], problems);
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
  const known = [...settable().map((row) => variableOf(row.name)), ...variableTable.map((row) => row.name)];
  const unknown = Object.keys(variables).filter((name) => name.startsWith("GST_PYROSCOPE_") && !known.includes(name));
  return unknown.map((name) => ({ source: name, text: `${name}: unknown, ignored${didYouMean(name, known)}` }));
}

/** What a variable or a file may say. */
const settable = (): OptionRow[] => optionTable.filter((row: OptionRow) => !row.flagOnly);

function refused(variables: Environment): Problem[] {
  const set = refusedVariables.filter(({ name }) => (variables[name] ?? "") !== "");
  return set.map(({ name, instead }) => ({ source: name, text: `${name} is ignored: ${instead}` }));
}

function readFile(path: string, problems: Problem[]): Partial<Record<OptionName, string>> {
  const names: readonly string[] = settable().map((row) => row.name);
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
