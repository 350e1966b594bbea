// Which variables make another launcher (a unit file, a container, a shell) start GStreamer with the tracer?
// SPDX-License-Identifier: MPL-2.0

import { resolveConfig } from "../config/config.js";
import type { Environment, Layers } from "../config/configuration.js";
import { variableOf } from "../config/options.js";
import { agentFile, findsUs } from "../installation.js";
import { quote } from "../model/shell-word.js";
import { pluginPathWith } from "./plugin.js";
import { tracersWith } from "./tracers.js";

/** Lines for a POSIX shell: eval "$(gst-pyroscope env)" does it, and a second time changes nothing. */
export function exportsFor(
  layers: Layers & { environment: Environment },
  pluginFolder: string,
): { lines: string[]; problems: string[] } {
  const { settings, problems } = resolveConfig(layers);
  const asked = settings.filter(({ source }) => source.startsWith("--"));
  const agent: [string, string] = ["GST_PYROSCOPE_AGENT", agentFile];
  const variables: [string, string][] = [
    ["GST_PLUGIN_PATH", pluginPathWith(pluginFolder, layers.environment.GST_PLUGIN_PATH)],
    ...(findsUs(pluginFolder) || layers.environment.GST_PYROSCOPE_AGENT ? [] : [agent]),
    ["GST_TRACERS", tracersWith(layers.environment.GST_TRACERS, {})],
    ...asked.map(({ name }): [string, string] => [variableOf(name), layers.flags?.[name] ?? ""]),
  ];
  if (layers.file !== undefined) variables.push(["GST_PYROSCOPE_CONFIG", layers.file]);
  return {
    lines: variables.map(([name, value]) => `export ${name}=${quote(value)}`),
    problems: problems.filter(({ source }) => source.startsWith("--")).map(({ text }) => text),
  };
}
