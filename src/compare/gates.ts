// May this change pass? Conditions such as `cpu.perBuffer(h264) > +10%`, which hold only where the change is beyond noise. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Change, Comparison } from "./comparison.js";
import { type FigureName, figureTable } from "./figure-table.js";
import { named } from "./matching.js";

export interface Gate {
  /** As it was typed. */
  text: string;
  figure: FigureName;
  /** What a person calls the element; "": of all; "*": any. */
  of: string;
  above: boolean;
  /** 0.1 = 10 %. */
  limit: number;
}

export interface GateResult {
  gate: Gate;
  outcome: "fires" | "passes" | "cannot be judged";
  /** Figures that it is about, those that fire first. */
  changes: Change[];
  /** A sentence: why it cannot be judged; "" else. */
  reason: string;
}

const FORM = /^\s*([a-z]+(?:\.[a-zA-Z0-9]+)?)\s*(?:\((.*)\))?\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*%?\s*$/;
const EXAMPLE = "'cpu.perBuffer(h264) > +10%'";

const OTHER_LOAD = "the machine had another load in the second recording";
const TOO_LITTLE = "too little of it was recorded to tell a change from noise";

/** Throws a sentence. */
export function parseGate(text: string): Gate {
  const [, name = "", between = "", sign, percent] = FORM.exec(text) ?? [];
  const of = between.trim();
  if (name === "") throw new Error(`--fail-if ${text}: a figure, > or <, and percent are meant, as in ${EXAMPLE}`);
  if (!Object.hasOwn(figureTable, name))
    throw new Error(`--fail-if ${text}: there is no figure ${name}: ${Object.keys(figureTable).join(", ")}`);
  const figure = name as FigureName;
  const isOfAll = figureTable[figure].of === "all";
  if (isOfAll && of !== "") throw new Error(`--fail-if ${text}: ${name} is of the whole process: no element is named`);
  if (!isOfAll && of === "")
    throw new Error(`--fail-if ${text}: of which element? ${name}(NAME), or ${name}(*) for any`);
  const limit = Number(percent) / 100;
  const above = sign === ">";
  // A condition that holds without any change would fire for noise alone, or never.
  if (above ? limit < 0 : limit > 0)
    throw new Error(`--fail-if ${text}: ${above ? "> needs a limit of 0 % or more" : "< needs one of 0 % or less"}`);
  return { text, figure, of, above, limit };
}

export function judgeGate(gate: Gate, { problem, changes, load, onlyA, onlyB }: Comparison): GateResult {
  const cannot = (reason: string): GateResult => ({ gate, outcome: "cannot be judged", changes: [], reason });
  if (problem !== null) return cannot(problem);
  const ofFigure = changes.filter(({ figure }) => figure === gate.figure);
  const found = meant(gate, ofFigure);
  if (typeof found === "string") return cannot(`${found}${whereItIs(gate, onlyA, onlyB)}`);
  const fires = found.filter((change) => isBeyond(gate, change));
  const rest = found.filter((change) => !fires.includes(change));
  if (fires.length > 0) return { gate, outcome: "fires", changes: [...fires, ...rest], reason: "" };
  const open = found.filter(({ verdict }) => verdict === "not comparable");
  if (open.length === 0) return { gate, outcome: "passes", changes: found, reason: "" };
  const byLoad = load?.differs === true && figureTable[gate.figure].loaded;
  return { ...cannot(byLoad ? OTHER_LOAD : TOO_LITTLE), changes: found };
}

/** Those that a gate is about, or why there are none. */
function meant({ figure, of }: Gate, changes: readonly Change[]): Change[] | string {
  if (figureTable[figure].of === "all" || of === "*")
    return changes.length > 0 ? [...changes] : `${figure} is not known of these recordings`;
  const paths = named(new Set(changes.map(({ path }) => path)), of);
  if (paths.length > 1) return `several elements are called ${of}: ${paths.join(", ")}`;
  const found = changes.filter(({ path }) => path === paths[0]);
  return found.length > 0 ? found : `${figure} is not known of ${of}`;
}

function whereItIs({ of }: Gate, onlyA: readonly string[], onlyB: readonly string[]): string {
  if (named(onlyA, of).length > 0) return ", which the first recording alone has: map it with --map old=new";
  if (named(onlyB, of).length > 0) return ", which the second recording alone has: map it with --map old=new";
  return "";
}

const isBeyond = ({ above, limit }: Gate, { verdict, change }: Change): boolean =>
  above ? verdict === "more" && change > limit : verdict === "less" && change < limit;
