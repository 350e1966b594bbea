// Which tables and numbers of native/wire does the rest of the project take from there, instead of writing them again?
// SPDX-License-Identifier: MPL-2.0
import { readFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const read = (path) => readFile(new URL(path, root), "utf8");

const counterKinds = { kLoss: "loss", kSum: "sum", kInformation: "information" };

/** The rows of native/wire/counters.h: [{ name, kind, help }]. */
export async function counterRows() {
  const table = await read("native/wire/counters.h");
  // clang-format breaks a row that is too long after its kind.
  const row = /X\(k\w+, "(\w+)", (\w+),[\s\\]+"([^"]+)"\)/g;
  return [...table.matchAll(row)].map(([, name, kind, help]) => ({ name, kind: counterKinds[kind], help }));
}

/** src/model/counters.ts. */
export async function countersModule() {
  const rows = (await counterRows()).map(
    ({ name, kind, help }) => `  { name: "${name}", kind: "${kind}", help: ${JSON.stringify(help)} },\n`,
  );
  return `// What does the target count, and is it a loss? Generated from native/wire/counters.h by scripts/wire-tables.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0

export interface CounterRow {
  name: string;
  /** loss: something was not measured. sum: what losses are a part of. information: nothing was lost by it. */
  kind: "loss" | "sum" | "information";
  help: string;
}

// biome-ignore format: one row a line
export const targetCounters: readonly CounterRow[] = [
${rows.join("")}];
`;
}

/** TABLE: numbers and letters of the wire that TypeScript needs: [header, identifier there, name here, what it is]. */
const numbers = [
  ["records.h", "kLeafFrames", "LEAF_FRAMES", "Frames before the middle of a stack that was too deep."],
  ["records.h", "kFrameUnloaded", "FRAME_UNLOADED", "Offsets of frames that are in no module."],
  ["records.h", "kFrameUnseen", "FRAME_UNSEEN"],
  ["records.h", "kWaitCpu", "WAIT_CPU", "What a blocked sample waits for: its thread could run, but was on no CPU."],
  [
    "records.h",
    "kElementDriver",
    "ELEMENT_DRIVER",
    "Set in a sample's element: between two pushes, in the loop of that element.",
  ],
  ["directory.h", "kElementBin", "ELEMENT_BIN", "Bits of an element's flags."],
  ["directory.h", "kElementSource", "ELEMENT_SOURCE"],
  ["directory.h", "kElementSink", "ELEMENT_SINK"],
  ["directory.h", "kElementLeaky", "ELEMENT_LEAKY"],
  ["directory.h", "kElementSync", "ELEMENT_SYNC"],
  ["directory.h", "kFromType", "FUNCTION_FROM_TYPE", "What named a function, in its line of the directory."],
  ["directory.h", "kFromRole", "FUNCTION_FROM_ROLE"],
  [
    "cells.h",
    "kBelievedShare",
    "BELIEVED_SHARE",
    "Of a latency: below this share of its buffers, what matched may have matched by chance.",
  ],
  ["records.h", "kMaxThreadNumber", "MAX_THREAD_NUMBER", "Threads of one name have smaller numbers."],
  ["segment.h", "kAgentVersionAt", "AGENT_VERSION_AT", "Places in the segment, the same in every version."],
  ["segment.h", "kRefusalAt", "REFUSAL_AT"],
  ["segment.h", "kRefusedNode", "REFUSED_NODE", "A refusal: this Node is too old for the agent."],
];

/** TABLE: lists that are numbered in the wire: [header, array or enum there, name here, what it is]. */
const lists = [
  ["cells.h", "kFlowNames", "flowNames", "Flow returns, by number."],
  ["records.h", "kSpanKindNames", "spanKinds", "What a span was, by number."],
  ["directory.h", "kModuleKindNames", "moduleKinds", "What a module is, by number."],
];

function valueIn(text, identifier) {
  const row = new RegExp(`X\\(${identifier}, (-?\\d+),`).exec(text)?.[1];
  const value = row ?? new RegExp(`\\b${identifier} = ([^,;]+)[,;]`).exec(text)?.[1];
  const [, letter] = /^'(\w)'$/.exec(value ?? "") ?? [];
  if (letter !== undefined) return JSON.stringify(letter);
  const [, base, shift = "0"] = /^(-?\d+(?:\.\d+)?)u?l*(?: << (\d+))?$/.exec(value ?? "") ?? [];
  if (base === undefined) throw new Error(`no value of ${identifier} in native/wire: ${value}`);
  return Number(base) * 2 ** Number(shift);
}

function namesIn(text, identifier) {
  const body = new RegExp(`\\b${identifier}\\[\\] = \\{([^}]*)\\}`).exec(text)?.[1];
  if (body === undefined) throw new Error(`no list ${identifier} in native/wire`);
  return [...body.matchAll(/"([^"]*)"/g)].map(([, name]) => name);
}

/** The eight bytes with which a segment begins, which are letters. */
function magicIn(text) {
  const [, hex] = /\bkMagic = 0x([0-9a-f]{16})ull;/.exec(text) ?? [];
  return Buffer.from(hex, "hex").reverse().toString("latin1");
}

/** src/model/wire.ts. */
export async function wireModule() {
  const texts = new Map();
  for (const [header] of [...numbers, ...lists])
    if (!texts.has(header)) texts.set(header, await read(`native/wire/${header}`));
  const comment = (what) => (what === undefined ? "" : `/** ${what} */\n`);
  const constants = numbers.map(
    ([header, there, here, what]) => `${comment(what)}export const ${here} = ${valueIn(texts.get(header), there)};\n`,
  );
  const arrays = lists.map(
    ([header, there, here, what]) =>
      `\n${comment(what)}// biome-ignore format: as the header has it\nexport const ${here} = [${namesIn(
        texts.get(header),
        there,
      )
        .map((name) => JSON.stringify(name))
        .join(", ")}] as const;\n`,
  );
  return `// Which numbers and lists has the segment? Generated from native/wire by scripts/wire-tables.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0

/** The first eight bytes of a segment. */
export const MAGIC = "${magicIn(texts.get("records.h"))}";
${constants.join("")}${arrays.join("")}`;
}
