// Which files are made from the tables in src/? Writes them; with --check says what differs and fails.
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { classSlotsInc, slotsFile } from "./class-slots.mjs";
import { grafanaFiles } from "./grafana/files.mjs";
import { asProgram, StepFailed } from "./steps.mjs";
import { counterRows, countersModule, wireModule } from "./wire-tables.mjs";

const root = new URL("../", import.meta.url);
const nativeTypes = {
  string: "kString",
  url: "kString",
  path: "kString",
  tags: "kString",
  size: "kString",
  duration: "kString",
  port: "kString",
  int: "kInt",
  bool: "kBool",
  enum: "kEnum",
};

/** Loads a TypeScript file that holds a table, with whatever it imports of ours. */
export async function loadTable(path) {
  const entryPoints = [fileURLToPath(new URL(path, root))];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    write: false,
    packages: "external",
    platform: "node",
    format: "esm",
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

function identifier(name) {
  return `k${name
    .split(/[-_]/)
    .map((word) => word[0].toUpperCase() + word.slice(1).toLowerCase())
    .join("")}`;
}

function macro(name, rows) {
  return [`#define ${name}(X)`, ...rows.map((row) => `  X(${row.join(", ")})`)].join(" \\\n");
}

export async function optionsInc() {
  const { optionTable, variableTable, variableOf } = await loadTable("src/config/options.ts");
  const text = (value) => JSON.stringify(value);
  const options = optionTable
    .filter((row) => row.parameter)
    .map((row) => [
      identifier(row.name),
      text(row.name),
      text(variableOf(row.name)),
      nativeTypes[row.type],
      text(row.default),
      row.min ?? 0,
      row.max ?? 0,
      text((row.values ?? []).join("|")),
      text(row.help),
    ]);
  const aliases = optionTable.flatMap((row) =>
    (row.aliases ?? []).filter(({ tracer }) => tracer).map(({ variable }) => [identifier(row.name), text(variable)]),
  );
  const variables = variableTable
    .filter((row) => row.readBy === "tracer")
    .map((row) => [identifier(row.name.replace("GST_PYROSCOPE_", "")), text(row.name), text(row.help)]);
  return `// Which parameters has the tracer? Generated from src/config/options.ts by scripts/generate.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0
#pragma once
// clang-format off

// X(identifier, "name", "environment variable", kString|kInt|kBool|kEnum, "default", min, max, "a|b" values of an enum, "blurb")
${macro("PYRO_OPTIONS", options)}

// Other variables that the tracer acts on, in the order in which they are asked.
// X(identifier of the option, "environment variable")
${macro("PYRO_ALIASES", aliases)}

// Variables that are no options.
// X(identifier, "environment variable", "blurb")
${macro("PYRO_VARIABLES", variables)}

// clang-format on
`;
}

export async function redactionInc() {
  const { redactionWords } = await loadTable("src/redact/words.ts");
  const list = ([name, words]) =>
    `constexpr std::string_view ${identifier(name.replace(/[A-Z]/g, "-$&"))}[] = {\n${words.map((word) => `    ${JSON.stringify(word)},\n`).join("")}};`;
  return `// Which words tell a credential from what is harmless? Generated from src/redact/words.ts by scripts/generate.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string_view>
// clang-format off

namespace pyro::process::words {
${Object.entries(redactionWords).map(list).join("\n")}
}  // namespace pyro::process::words

// clang-format on
`;
}

const prometheusUnits = { s: "seconds", ns: "seconds", By: "bytes" };

/** A sentence, as Prometheus' own help texts are. */
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

export async function familiesInc() {
  const { metricTable } = await loadTable("src/metrics/catalog.ts");
  const text = (value) => JSON.stringify(value);
  const rows = metricTable
    .filter(({ prometheus }) => prometheus !== undefined)
    .map(({ name, prometheus, kind, unit, help }) => [
      identifier(name.replace("gstreamer.", "").replaceAll(".", "-")),
      text(prometheus),
      text(kind),
      text(prometheusUnits[unit] ?? ""),
      text(sentence(help)),
    ]);
  return `// What does each family of the text for Prometheus say? Generated from src/metrics/catalog.ts by scripts/generate.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0
#pragma once
// clang-format off

// X(identifier, "name", "type", "unit", "help")
${macro("PYRO_FAMILIES", rows)}

// clang-format on
`;
}

/** TABLE: what stands between `<!-- generated: … -->` and its end in the documents. */
const sections = [
  { file: "docs/options.md", name: "options", make: optionsSection },
  { file: "docs/options.md", name: "variables", make: variablesSection },
  { file: "docs/options.md", name: "export options", make: exportOptionsSection },
  { file: "docs/options.md", name: "name options", make: nameOptionsSection },
  { file: "gstreamer/README.md", name: "metrics", make: metricsSection },
  { file: "docs/report.md", name: "exit codes", make: exitCodesSection },
  { file: "native/README.md", name: "losses", make: lossesSection },
  { file: "gstreamer/README.md", name: "capture fields", make: captureFieldsSection },
  { file: "gstreamer/README.md", name: "pipelines", make: pipelinesSection },
];

function markdown(header, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), `|${header.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

const code = (text) => (text === "" ? "" : `\`${text}\``);

const { shown } = await loadTable("src/config/option-values.ts");

function helpWithRange(row) {
  const range = row.min === undefined ? "" : `; range ${shown(row, row.min)} to ${shown(row, row.max)}`;
  return `${row.help}${row.values ? ` (${row.values.join(", ")})` : ""}${range}`;
}

async function optionsTable(detail) {
  const { optionTable } = await loadTable("src/config/options.ts");
  const others = (row) => (row.aliases ?? []).map(({ variable }) => code(variable)).join(" ");
  const chosen = optionTable.filter((row) => (row.detail ?? false) === detail && row.detail !== "one signal");
  const rows = chosen.map((row) => [
    code(row.flagOnly ? `--${row.name}` : row.name) + (row.parameter ? " ·" : ""),
    code(row.default),
    helpWithRange(row),
    others(row),
  ]);
  return markdown(["option", "default", "what it does", "other variables, in this order"], rows);
}

function exportOptionsSection() {
  return optionsTable(true);
}

function nameOptionsSection() {
  return optionsTable("names");
}

async function optionsSection() {
  const lead =
    "`sample-rate` is `--sample-rate` on the command line and `GST_PYROSCOPE_SAMPLE_RATE` in the environment, and so are the others.";
  return `${lead}\n\n${await optionsTable(false)}`;
}

/** As one paragraph: the README is short. */
async function variablesSection() {
  const { variableTable } = await loadTable("src/config/options.ts");
  return `Variables that are no options. ${variableTable.map((row) => `${code(row.name)}: ${row.help}.`).join("\n")}`;
}

async function metricsSection() {
  const path = "src/metrics/catalog.ts";
  if (!existsSync(new URL(path, root))) return "None yet.";
  const tables = Object.values(await loadTable(path));
  const table = tables.find((value) => Array.isArray(value) && value.every((row) => row.name && row.help));
  if (table === undefined) throw new Error(`${path} exports no table of rows with name, unit, kind and help`);
  return markdown(
    ["metric", "for Prometheus", "unit", "kind", "what it says"],
    table.map((row) => [code(row.name), code(row.prometheus ?? ""), row.unit, row.kind, row.help]),
  );
}

/** A column for each command would be mostly empty: one line for those that share a subject. */
async function exitCodesSection() {
  const { exitCodes } = await loadTable("src/commands/exit-codes.ts");
  const bySubject = new Map();
  for (const { code: number, help } of Object.values(exitCodes)) {
    const [, subject = "all commands", what] = /^(?:([\w -]+): )?(.*)$/.exec(help) ?? [];
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), `${code(`${number}`)} ${what}`]);
  }
  return markdown(
    ["command", "exit codes"],
    [...bySubject].map(([subject, codes]) => [subject, codes.join(" · ")]),
  );
}

async function captureFieldsSection() {
  const { captureFields } = await loadTable("src/capture/field-table.ts");
  return markdown(
    ["file", "field", "what it says"],
    captureFields.map(({ file, field, help }) => [code(file), field.startsWith("(") ? field : code(field), help]),
  );
}

async function lossesSection() {
  const { agentCounters } = await loadTable("src/model/counter-kinds.ts");
  const rows = [...(await counterRows()), ...agentCounters];
  return markdown(
    ["name", "kind", "what happened"],
    rows.map(({ name, kind, help }) => [code(name), kind, help]),
  );
}

async function pipelinesSection() {
  const folder = new URL("gstreamer/pipelines/", root);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".txt")).sort();
  const rows = names.map(async (name) => {
    const [comment = ""] = (await readFile(new URL(name, folder), "utf8")).split("\n");
    return [code(name), comment.replace(/^# */, "")];
  });
  return markdown(["pipeline", "what it exercises"], await Promise.all(rows));
}

async function document(file) {
  let text = await readFile(new URL(file, root), "utf8");
  for (const { name, make } of sections.filter((section) => section.file === file)) {
    const [begin, end] = [`<!-- generated: ${name} -->\n`, "<!-- /generated -->"];
    const at = text.indexOf(begin);
    if (at === -1) throw new Error(`${file} has no place for the generated ${name}`);
    const rest = text.slice(text.indexOf(end, at));
    text = `${text.slice(0, at)}${begin}\n${await make()}\n\n${rest}`;
  }
  return text;
}

const ofMetrics = async () => ({
  ...(await loadTable("src/metrics/catalog.ts")),
  ...(await loadTable("src/metrics/exposition.ts")),
});

/** Every file that tables write, whole or in part. */
export const generatedFiles = [
  { path: "native/tracer/options.inc", make: optionsInc },
  { path: "native/process/redact-words.inc", make: redactionInc },
  { path: "native/exposition/families.inc", make: familiesInc },
  { path: slotsFile, make: classSlotsInc },
  { path: "src/model/counters.ts", make: countersModule },
  { path: "src/model/wire.ts", make: wireModule },
  ...grafanaFiles(await ofMetrics()),
  ...[...new Set(sections.map(({ file }) => file))].map((path) => ({ path, make: () => document(path) })),
];

async function main(args) {
  for (const { path, make } of generatedFiles) {
    const file = new URL(path, root);
    const [want, have] = [await make(), await readFile(file, "utf8").catch(() => "")];
    if (want === have) continue;
    if (args.includes("--check")) throw new StepFailed(`${path} is not what its tables say: run npm run docs`);
    await mkdir(new URL(".", file), { recursive: true });
    await writeFile(file, want);
    console.log(`${path} written`);
  }
}

await asProgram(import.meta.url, main);
