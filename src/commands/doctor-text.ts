// What does doctor say of this machine, as a text for somebody else?
// SPDX-License-Identifier: MPL-2.0

import type { Environment } from "../config/configuration.js";

const COLUMNS = 120;

export async function doctorText(environment: Environment, pluginFolder: string): Promise<string> {
  const [{ doctor }, { destinationsOf, loadNative }] = await Promise.all([
    import("./doctor.js"),
    import("../agent/agent.js"),
  ]);
  const names = { loadNative, columns: COLUMNS };
  const parts = { environment, pluginFolder, loadNative, names, destinations: destinationsOf, probe: undefined };
  const { lines } = await doctor({ all: true, environment }, parts);
  return `${lines.join("\n")}\n`;
}
