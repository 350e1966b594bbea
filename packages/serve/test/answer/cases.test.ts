// Is each kind of stall judged as it must be, and can each sentence be checked by its numbers?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { judge } from "../../src/answer/judge.js";
import type { Judgement } from "../../src/answer/stall-case.js";
import { elementCases } from "./cases-elements.js";
import { otherCases } from "./cases-others.js";
import { play } from "./scenario.js";

const shown = ({ verdict, element, delivery, confidence }: Judgement) =>
  [verdict, element?.path.split("/").at(-1) ?? delivery, confidence].filter(Boolean).join(" ");

/** Numbers that stand alone; what others wrote, in quotation marks, is not ours. */
const numbersIn = (sentence: string) => sentence.replace(/“[^”]*”/g, "").match(/(?<![\w.])\d+(\.\d+)?(?![\w])/g) ?? [];

describe("a stall", () => {
  test.each([...elementCases, ...otherCases])("$name", ({ input, expected, marks }) => {
    const judgement = judge(input());
    expect([shown(judgement), judgement.sentence]).toEqual([expected, judgement.sentence]);
    const kinds = judgement.evidence.map(({ kind }) => kind);
    for (const mark of marks)
      if (mark instanceof RegExp) expect(judgement.sentence).toMatch(mark);
      else expect(kinds).toContain(mark);
    const numbers = new Set(judgement.evidence.flatMap(({ numbers }) => Object.values(numbers)));
    expect(numbersIn(judgement.sentence).filter((one) => !numbers.has(Number(one)))).toEqual([]);
    for (const { sentence, numbers } of judgement.evidence)
      expect(numbersIn(sentence).filter((one) => !Object.values(numbers).includes(Number(one)))).toEqual([]);
    expect(judgement.sentence).toMatch(/^\S.*\.$/);
  });

  test("does not come of a fault that is shorter than the viewer's buffer", () => {
    expect(play({ seed: 1, fault: { place: "encoder", factor: 10, lasts: 3 } }).stalledAt).toBeNull();
  });
});
