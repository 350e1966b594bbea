// Which variables does a command under `run` get, so that its tracer acts on what was asked for?
// SPDX-License-Identifier: MPL-2.0

import type { Environment, OptionName, Resolved } from "../config/configuration.js";
import { type OptionRow, optionTable, variableOf } from "../config/options.js";
import { pluginPathWith } from "./plugin.js";
import { fitsParameter, tracersWith } from "./tracers.js";

/**
 * Flags go as parameters, which win over what GST_TRACERS says already; a file's or another variable's value as our variable, and
 * so what cannot be written as a parameter.
 */
export function childEnvironment(resolved: Resolved, environment: Environment, pluginFolder: string): Environment {
  const forTracer = resolved.settings.filter(({ name }) => actedOnByTracer(name));
  const asked = forTracer.filter(({ source }) => source.startsWith("--"));
  const flags = asked.filter(({ value }) => fitsParameter(String(value)));
  const unfit = asked.filter((setting) => !flags.includes(setting));
  const others = forTracer.filter(
    ({ name, source }) => !source.startsWith("--") && source !== "default" && !readByTracer(name, source),
  );
  return {
    ...environment,
    ...Object.fromEntries([...others, ...unfit].map(({ name, value }) => [variableOf(name), String(value)])),
    GST_PLUGIN_PATH: pluginPathWith(pluginFolder, environment.GST_PLUGIN_PATH),
    GST_TRACERS: tracersWith(
      environment.GST_TRACERS,
      Object.fromEntries(flags.map(({ name, value }) => [name, String(value)])),
      unfit.map(({ name }) => name),
    ),
    GST_PYROSCOPE_HOST_PID: String(process.pid),
  };
}

function actedOnByTracer(name: OptionName): boolean {
  return optionTable.some((row) => row.name === name && row.readBy === "tracer");
}

/** Variables that the tracer asks itself, in its own order. */
function readByTracer(name: OptionName, variable: string): boolean {
  const row: OptionRow | undefined = optionTable.find((one) => one.name === name);
  return row?.aliases?.some((alias) => alias.tracer && alias.variable === variable) ?? false;
}
