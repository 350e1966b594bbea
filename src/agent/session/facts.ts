// What does the target say of itself, and what follows from it for configuration and resource? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { CaptureFacts } from "../../capture/format.js";
import type { Environment, Layers, OptionName } from "../../config/configuration.js";
import { type OptionRow, optionTable, variableOf } from "../../config/options.js";
import type { SegmentState } from "../../model/segment-state.js";

/** Variables of others that the tracer acts on. */
const tracerVariables = optionTable.flatMap((row: OptionRow) =>
  (row.aliases ?? []).filter(({ tracer }) => tracer).map(({ variable }) => variable),
);

/** TABLE: what a process of another user may choose: how it is called and measured. Servers, paths, ports, programs: never. */
const foreignChoices: readonly string[] = ["tracer-name", "tags", "sample-rate", "wall-rate", "engine", "timing"];

/** What the tracer published about its process, by name: parameters, environment variables, command line. */
export type Facts = ReadonlyMap<string, string>;

/**
 * Parameters of the tracer win over this process's environment; the target's environment counts where ours says nothing.
 * `foreign`: the target is another user's, and chooses only what the table permits.
 */
export function layersOf(facts: Facts, layers: Layers, own: Environment, foreign = false): Layers {
  const tracer: Partial<Record<OptionName, string>> = {};
  const preset: Partial<Record<OptionName, string>> = {};
  const environment: Environment = {};
  const take = <Name extends string>(
    into: Partial<Record<Name, string | undefined>>,
    name: Name,
    fact: string,
  ): void => {
    if (facts.has(fact)) into[name] = facts.get(fact);
  };
  for (const { name, parameter: isParameter } of optionTable) {
    if (!isParameter || (foreign && !foreignChoices.includes(name))) continue;
    take(tracer, name, `parameter.${name}`);
    take(environment, variableOf(name), `environment.${name}`);
    take(preset, name, `preset.${name}`);
  }
  const names = ["OTEL_SERVICE_NAME", "SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"];
  for (const name of foreign ? names : [...names, ...tracerVariables]) take(environment, name, name);
  return { ...layers, tracer, preset, environment: { ...environment, ...defined(layers.environment ?? own) } };
}

/** Names of the options that a process of another user sets but may not choose. */
export function refusedChoices(facts: Facts): string[] {
  const asked = ({ name, aliases = [] }: OptionRow): boolean =>
    ["parameter", "environment", "preset"].some((kind) => facts.has(`${kind}.${name}`)) ||
    aliases.some(({ variable, tracer }) => tracer && facts.has(variable));
  return optionTable.filter((row) => !foreignChoices.includes(row.name) && asked(row)).map(({ name }) => name);
}

function defined(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""));
}

/**
 * What a new capture is to say of its target: process and clock from the segment (`state`), command line and program from what the
 * tracer published (`facts`), and `more`, which only the agent knows.
 */
export function captureFacts(
  facts: Facts,
  state: SegmentState,
  more: Pick<CaptureFacts, "serviceName" | "tool" | "lossHelp">,
): CaptureFacts {
  return {
    pid: state.pid,
    startTicks: state.startTicks,
    command: facts.get("command") ?? "",
    executable: facts.get("executable") ?? "",
    clock: { monoNs: state.createdMonoNs, unixNs: state.createdUnixNs },
    ...more,
  };
}
