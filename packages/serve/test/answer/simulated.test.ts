// Is the answer right in hundreds of simulated trials, with loaded machines, lost windows and things that are not known?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { judge } from "../../src/answer/judge.js";
import { type Fault, kinds, places, type Scenario, seeded, unknowns } from "./costs.js";
import { play } from "./scenario.js";

/** Other seeds and more trials by hand: `TRIALS=2000 SEED=7`. */
const trials = Number(process.env.TRIALS ?? 180);
const random = seeded(Number(process.env.SEED ?? 20));
const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

type Expected = "element" | "delivery" | "host" | "source" | "none";

const faults: Record<Expected, () => Fault> = {
  element: () => ({
    ...{ place: some(places), kind: some(kinds), factor: some([1.2, 1.5, 3]) },
    lasts: some([8 + random() * 10, 1000]),
    ...(random() < 0.1 ? { blinks: 5, factor: 3 } : {}),
  }),
  delivery: () => ({ load: 2.5 + random() * 3 }),
  host: () => ({ host: 5 + random() * 6, ...(random() < 0.4 ? { place: "workers" as const } : {}) }),
  source: () => ({ source: some([0, 0.3, 0.6, 0.8]), lasts: 4 + random() * 40 }),
  none: () => ({}),
};

function scenario(expected: Expected): Scenario {
  return {
    seed: Math.floor(random() * 1e9),
    fault: faults[expected](),
    unknown: unknowns.filter(() => random() < 0.3),
    noise: 0.1 + random() * 0.5,
    busy: 0.5 + random() * 1.5,
    load: expected === "host" ? 0 : some([0, 0, 0.5, 1]),
    contention: 1 + random(),
    lost: some([0, 0, 0.1]),
    shift: random() - 0.5,
    media: some(["none", "units", "groups"] as const),
  };
}

interface Outcome {
  expected: Expected;
  /** "element (wrong)" where another one is named. */
  got: string;
  /** What to look at when it is wrong. */
  text: string;
}

function tried(expected: Expected): Outcome[] {
  const one = scenario(expected);
  const { input, stalledAt, guilty } = play(one);
  if (stalledAt === null) return [];
  const { verdict, element, sentence } = judge(input);
  const got = element !== null && element.path !== guilty ? "element (wrong)" : verdict;
  return [{ expected, got, text: `${expected}, got ${got}: ${sentence} ${JSON.stringify(one)}` }];
}

const share: [Expected, number][] = [
  ["element", 0.55],
  ["delivery", 0.2],
  ["host", 0.1],
  ["source", 0.1],
  ["none", 0.05],
];
const outcomes = share.flatMap(([expected, part]) =>
  Array.from({ length: Math.round(trials * part) }, () => tried(expected)).flat(),
);

const of = (expected: Expected) => outcomes.filter((one) => one.expected === expected);
const wrong = (expected: Expected) => of(expected).filter(({ got }) => got !== expected);
const texts = (list: Outcome[]) => list.map(({ text }) => text).join("\n");

/** Rows: what was at fault; columns: what was said. */
export function table(): string {
  const columns = [...new Set(outcomes.map(({ got }) => got))].sort();
  const row = (expected: Expected) => columns.map((got) => of(expected).filter((one) => one.got === got).length);
  const lines = share.map(([expected]) => [expected, ...row(expected)].join("\t"));
  return [["fault", ...columns].join("\t"), ...lines].join("\n");
}

describe("simulated trials", () => {
  test("name the slow element in at least 95 of 100", () => {
    if (process.env.TRIALS !== undefined) process.stdout.write(`${table()}\n${texts(outcomes.filter(isWrong))}\n`);
    const least = 0.95 * of("element").length;
    expect(of("element").length).toBeGreaterThan(trials / 4);
    expect(of("element").length - wrong("element").length, texts(wrong("element"))).toBeGreaterThanOrEqual(least);
  });

  test("never name another element, whatever was at fault", () => {
    const named = outcomes.filter(
      ({ expected, got }) => got === "element (wrong)" || (expected !== "element" && got === "element"),
    );
    expect(texts(named)).toBe("");
  });

  test.each(["delivery", "host", "source"] as const)("find what else was at fault: %s, in 9 of 10", (expected) => {
    expect(of(expected).length).toBeGreaterThan(0);
    expect(wrong(expected).length, texts(wrong(expected))).toBeLessThanOrEqual(of(expected).length / 10);
  });

  test("have no stall where nothing was at fault", () => {
    expect(texts(of("none").filter(({ got }) => got !== "host"))).toBe("");
  });
});

function isWrong({ expected, got }: Outcome): boolean {
  return got !== expected;
}
