// Does .env.example name every option of the session service once, no other, and what holds when nobody sets it?
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type OptionRow, optionTable, readOptions, variableOf } from "../../src/options.js";

const file = fileURLToPath(new URL("../../../../.env.example", import.meta.url));
const text = readFileSync(file, "utf8");
const rows = [...text.matchAll(/^# (.+)\n([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, comment, name, value]) => ({
  comment,
  name,
  value,
}));

test("its variables are the options, each with its comment and its fallback, in the table's order", () => {
  const options = Object.entries(optionTable) as [keyof typeof optionTable, OptionRow][];
  const wanted = options.map(([name, { help, fallback }]) => ({
    comment: help,
    name: variableOf(name),
    value: fallback,
  }));
  expect(rows).toEqual(wanted);
  expect(text.split("\n").filter((line) => line.includes("=") && !line.startsWith("#"))).toHaveLength(rows.length);
});

test("with it the service is set as without it", () => {
  const environment = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  expect(readOptions([], environment)).toEqual(readOptions([], {}));
});

test("Node reads the same from the file", () => {
  const print = "process.stdout.write(JSON.stringify(process.env))";
  const names = new Set(rows.map(({ name }) => name));
  const { stdout } = spawnSync(process.execPath, [`--env-file=${file}`, "-e", print], { encoding: "utf8", env: {} });
  const read = Object.entries(JSON.parse(stdout) as Record<string, string>).filter(([name]) => names.has(name));
  expect(Object.fromEntries(read)).toEqual(Object.fromEntries(rows.map(({ name, value }) => [name, value])));
});
