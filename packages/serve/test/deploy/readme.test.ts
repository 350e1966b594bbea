// Does the README of the session service have the options as they are, and commands that the service understands?
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type OptionRow, optionTable, readOptions } from "../../src/options.js";

const text = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

test("its table is the options", () => {
  const [, table = ""] = /<!-- options -->\n([\s\S]*?)<!-- \/options -->/.exec(text) ?? [];
  const rows = Object.entries<OptionRow>(optionTable).map(([name, row]) => {
    const flag = row.kind === "switch" ? `--${name}` : `--${name} <${row.kind}>`;
    const fallback = row.fallback === "" ? "none" : `\`${row.fallback}\``;
    return `| \`${flag}\` | ${fallback} | ${row.help} |`;
  });
  expect(table.trim().split("\n").slice(2)).toEqual(rows);
});

test("each of its commands is one of the service's", () => {
  const commands = [...text.matchAll(/^node packages\/serve\/dist\/serve\.js (.+)$/gm)].map(([, args = ""]) => args);
  expect(commands.map((args) => readOptions(args.split(" "), {}).action.what)).toEqual([
    ...["serve", "token-add", "token-list"],
    ...["purge-session", "purge-before", "wipe", "stream-map", "stream-list"],
  ]);
});
