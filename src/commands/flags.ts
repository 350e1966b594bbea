// Which flags does a verb have, and what was typed? Both from the table of options.
// SPDX-License-Identifier: MPL-2.0

import { type Command, InvalidArgumentError } from "commander";
import { camel } from "../config/config.js";
import type { Layers, OptionName } from "../config/configuration.js";
import { type OptionRow, optionTable, variableOf } from "../config/options.js";

type Verb = OptionRow["commands"][number];
const placeholders: Record<OptionRow["type"], string> = {
  string: "<text>",
  url: "<url>",
  path: "<path>",
  int: "<n>",
  port: "<n>|auto",
  bool: "[true|false]",
  enum: "<word>",
  list: "<words>",
  pem: "<file>",
  tags: "<k=v,…>",
  headers: "<k=v,…>",
  duration: "<time>",
  size: "<bytes>",
};

/** Flags of one verb, and a reader of those that were given. */
export function addFlags(command: Command, verb: Verb) {
  const rows = (optionTable as readonly (OptionRow & { name: OptionName })[]).filter((row) =>
    row.commands.includes(verb),
  );
  for (const row of rows) {
    const usual = (verb === "run" ? row.runDefault : undefined) ?? row.default;
    const notes = [row.values?.join(" or "), `default ${usual === "" ? "none" : usual}`];
    if (!row.flagOnly) notes.push(variableOf(row.name));
    // A switch alone: a word behind it is the verb's own.
    const value = row.flagOnly ? "" : ` ${placeholders[row.type]}`;
    command.option(`--${row.name}${value}`, `${row.help} (${notes.filter(Boolean).join("; ")})`);
  }
  command.option("--config <file>", "JSON file with option names as keys (GST_PYROSCOPE_CONFIG)");
  return (): { flags: NonNullable<Layers["flags"]>; file: string | undefined } => {
    const { config: file, ...given } = command.opts<Record<string, string>>();
    // A switch alone is on.
    const flags = rows
      .filter((row) => camel(row.name) in given)
      .map((row) => [row.name, String(given[camel(row.name)])]);
    return { flags: Object.fromEntries(flags), file };
  };
}

/** For an argument that says which process is meant. */
export function processId(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is no process id; gst-pyroscope ps lists those that are profiled.");
}

/** For an option that is one. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Not a whole number.");
  return Number(text);
}
