// What does the page of a comparison get? Sentences, rows and a tree, all cut to a length and printable.
// SPDX-License-Identifier: MPL-2.0

import { shorten } from "../analysis/units.js";
import type { Change, Comparison } from "../compare/comparison.js";
import type { GateResult } from "../compare/gates.js";
import * as words from "../compare/words.js";
import { printable } from "../model/printable.js";
import { type ChangedNode, type ChangedSide, changedTree, type Mover, movers } from "./changed-tree.js";
import { clean, joinUnits } from "./page-text.js";

/** [name, module, before, after, change, children, callers] with numbers of `strings`; nanoseconds per buffer. */
export type PackedChange = [
  name: number,
  module: number,
  before: number,
  after: number,
  change: number,
  children: PackedChange[],
  callers: number[],
];

export interface DiffRow {
  subject: string;
  figure: string;
  before: string;
  after: string;
  change: string;
  range: string;
  /** "same" where it is within noise. */
  verdict: Change["verdict"];
  /** More of it is worse. */
  isWorse: boolean;
}

export interface DiffPageData {
  before: string;
  after: string;
  sentence: string;
  notes: string[];
  gates: { outcome: GateResult["outcome"]; text: string }[];
  rows: DiffRow[];
  movers: Mover[];
  strings: string[];
  tree: PackedChange;
}

export interface DiffPageRequest {
  comparison: Comparison;
  gates: readonly GateResult[];
  before: ChangedSide;
  after: ChangedSide;
}

export interface DiffLimits {
  nodes: number;
  rows: number;
}
const MOST_MOVERS = 20;
const MAX_SENTENCE = 600;

const sentence = (text: string): string => joinUnits(printable(shorten(text, MAX_SENTENCE)));

export function diffPageData({ comparison, gates, before, after }: DiffPageRequest, limits: DiffLimits): DiffPageData {
  const one = words.hasOnePipeline(comparison);
  const changed = words.changed(comparison);
  const rest = comparison.changes.filter((change) => !changed.includes(change));
  const { strings, tree } = packed(changedTree(before, after, knownPaths(changed), limits.nodes));
  const notes = [words.basis(comparison), words.loadSentence(comparison), ...words.onlyIn(comparison)];
  return {
    before: clean(comparison.a),
    after: clean(comparison.b),
    sentence: sentence(words.headline(comparison)),
    notes: notes.filter(Boolean).map(sentence),
    gates: gates.map((gate) => ({ outcome: gate.outcome, text: sentence(words.gateSentence(gate, comparison)) })),
    rows: [...changed, ...rest].slice(0, limits.rows).map((change) => rowOf(change, one)),
    movers: movers(before, after, MOST_MOVERS).map((mover) => ({
      ...mover,
      ...{ name: clean(mover.name), module: clean(mover.module) },
    })),
    ...{ strings, tree },
  };
}

const knownPaths = (changed: readonly Change[]): Set<string> =>
  new Set(changed.flatMap(({ figure, path }) => (figure === "cpu.perBuffer" || figure === "cpu.total" ? [path] : [])));

const rowOf = (change: Change, one: boolean): DiffRow => ({
  subject: clean(words.subjectOf(change, one)),
  figure: words.titles[change.figure],
  before: words.valueText(change.figure, change.before),
  after: words.valueText(change.figure, change.after),
  change: change.verdict === "not comparable" ? "other load" : words.signed(change.change),
  range: words.rangeOf(change),
  verdict: change.verdict,
  isWorse: words.isWorse(change),
});

function packed(root: ChangedNode): Pick<DiffPageData, "strings" | "tree"> {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const text = clean(name);
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return known;
  };
  const pack = ({ name, module, before, after, change, children, callers }: ChangedNode): PackedChange => [
    ...([numberOf(name), numberOf(module), Math.round(before), Math.round(after)] as const),
    Math.round(change * 1000) / 1000,
    children.map(pack),
    callers.map(numberOf),
  ];
  const tree = pack(root);
  return { strings: [...numbers.keys()], tree };
}
