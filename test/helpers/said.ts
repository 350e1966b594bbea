// What does a command say on a terminal of a test, and with which exit code?
// SPDX-License-Identifier: MPL-2.0

import type { Terminal } from "../../src/commands/report.js";

export interface Said {
  code: number;
  out: string;
  error: string;
}

export async function saidBy(command: (terminal: Terminal) => Promise<number>, columns = 120): Promise<Said> {
  const said = { out: "", error: "" };
  const terminal: Terminal = {
    out: (text) => {
      said.out += text;
    },
    error: (line) => {
      said.error += `${line}\n`;
    },
    columns,
    colour: false,
  };
  return { code: await command(terminal), ...said };
}
