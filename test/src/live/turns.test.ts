// Is what is dear made again as often as its share of a core allows, however much one of it takes?
import { expect, it } from "vitest";
import { type TurnLimits, Turns } from "../../../src/live/turns.js";

const limits: TurnLimits = { share: 0.01, firstMs: 3500, leastMs: 1500, mostMs: 20_000 };
const MINUTES = 10;
/** Turns before it is known what they take; there are fewer of them than of others in the same time. */
const FIRST = 3;
const FEWER = 2;

/** Asked each second of ten minutes; `costMs`: what the nth turn takes. Returns how many turns there were. */
function turnsOf(costMs: (nth: number) => number): number {
  let now = 0;
  const turns = new Turns(limits, () => now);
  let begun = 0;
  for (; now < MINUTES * 60_000; now += 1000) {
    if (!turns.begin()) continue;
    begun++;
    turns.spent(costMs(begun) / 2);
    turns.spent(costMs(begun) / 2);
  }
  return begun;
}

it("what takes little has each second window, and no more", () => {
  expect(turnsOf(() => 0)).toBe(30 * MINUTES - FEWER);
  expect(turnsOf(() => 15)).toBe(30 * MINUTES - FEWER);
});

it("until three are known each waits longer, however little it takes", () => {
  let now = 0;
  const turns = new Turns(limits, () => now);
  const begun: number[] = [];
  for (; now <= 20_000; now += 1000) {
    if (!turns.begin()) continue;
    begun.push(now / 1000);
    if (begun.length !== 2) turns.spent(1); // nothing was made in that one
  }
  expect(begun).toEqual([0, 4, 8, 12, 14, 16, 18, 20]);
});

it("what takes more has its share of the time", () => {
  expect(turnsOf(() => 40)).toBeLessThanOrEqual(15 * MINUTES + FIRST);
  expect(turnsOf(() => 100)).toBeLessThanOrEqual(6 * MINUTES + FIRST);
  expect(turnsOf(() => 100)).toBeGreaterThanOrEqual(6 * MINUTES);
});

it("whatever it takes, nobody waits for ever", () => {
  expect(turnsOf(() => 100_000)).toBeGreaterThanOrEqual(3 * MINUTES);
});

it("one that took very long, as the first does, makes nobody wait", () => {
  expect(turnsOf((nth) => (nth === 1 || nth === 20 ? 900 : 15))).toBe(30 * MINUTES - FEWER);
});
