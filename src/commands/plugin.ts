// Where is the tracer plugin, and does GStreamer load it?
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../config/configuration.js";
import { nativeParts } from "../installation.js";

export const pluginFile = "libgstpyroscope.so";

/** The folder joins GST_PLUGIN_PATH in front of what is there, once. */
export function pluginPathWith(folder: string, existing: string | undefined): string {
  const others = (existing ?? "").split(":").filter((path) => path !== "" && path !== folder);
  return [folder, ...others].join(":");
}

/** One line that says why the plugin cannot be used, or undefined. Where gst-inspect-1.0 is missing only the file is looked at. */
export function pluginProblem(folder: string, environment: Environment): string | undefined {
  const file = join(folder, pluginFile);
  if (!existsSync(file))
    return `the tracer plugin is not at ${file}: ${nativeParts().problem?.text ?? "run npm run build"}`;
  const { GST_TRACERS: _, ...others } = environment;
  const look = { ...others, GST_PLUGIN_PATH: pluginPathWith(folder, environment.GST_PLUGIN_PATH) };
  const inspect = (args: string[], debug: string) =>
    spawnSync("gst-inspect-1.0", args, {
      env: { ...look, GST_DEBUG: debug, GST_DEBUG_NO_COLOR: "1" },
      encoding: "utf8",
    });
  // Without a version GStreamer asks for a plugin of its own.
  const { error, status } = inspect(["--exists", "--atleast-version=0.0", "pyroscope"], "0");
  if (error !== undefined || status === 0) return undefined;
  const said = inspect([file], "GST_PLUGIN_LOADING:2");
  const reason = /(?:Failed to load plugin.*?: |module_open failed: )(.*)/.exec(`${said.stderr}${said.stdout}`)?.[1];
  return `GStreamer does not load ${file}: ${reason?.trim() ?? "gst-inspect-1.0 does not know pyroscope"}`;
}
