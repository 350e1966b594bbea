// What does `gst-pyroscope serve --help` print?
// SPDX-License-Identifier: MPL-2.0
import { type OptionRow, optionTable, variableOf } from "./options.js";

const COLUMN = 28;

export function help(): string {
  const options = (Object.entries(optionTable) as [keyof typeof optionTable, OptionRow][]).map(([name, row]) => {
    const flag = row.kind === "switch" ? `--${name}` : `--${name} <${row.kind}>`;
    const preset = row.fallback === "" || row.kind === "switch" ? "" : `; default ${row.fallback}`;
    return `  ${flag.padEnd(COLUMN)} ${row.help}${preset} [${variableOf(name)}]`;
  });
  return `gst-pyroscope serve: what players of live streams lived through, kept and shown

  gst-pyroscope serve [options]                     start the service
  gst-pyroscope serve token add --project NAME --kind browser|pipeline|read|admin
  gst-pyroscope serve token list | token remove HASH
  gst-pyroscope serve stream map PATH STREAM | stream unmap PATH | stream list [--project NAME]
  gst-pyroscope serve --purge-session ID [--project NAME] | --purge-before 30d | --wipe

${options.join("\n")}
`;
}
