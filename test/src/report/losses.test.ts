// Is a loss red only where it changes what a person concludes, and is nothing called a loss that is none?
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { apart, lossesOf, lossWords } from "../../../src/report/losses.js";

const written = { samples_written: 1000, wall_written: 4000, spans_written: 200 };
const of = (counters: Record<string, number>) => lossesOf({ ...written, ...counters }, {});

test("each has the share of what it is a part of", () => {
  const words = of({ no_table: 20, wall_unfinished: 40, span_ring_full: 50, agent_lost: 100 }).map(lossWords);
  expect(words).toEqual([
    "span_ring_full 50 (20 %)",
    "agent_lost 100 (2.0 %)",
    "wall_unfinished 40 (1.0 %)",
    "no_table 20 (2.0 %)",
  ]);
});

test("no share of the rest is off by more than was lost: up to five points nothing is serious, above it is", () => {
  expect(of({ ring_full: 50 })).toMatchObject([{ serious: false }]);
  expect(of({ ring_full: 60 })).toMatchObject([{ serious: true }]);
  // A stack that was cut off has its time and its element.
  expect(of({ no_table: 200, wall_unfinished: 900 }).map(({ serious }) => serious)).toEqual([false, false]);
  expect(of({ no_table: 300 })).toMatchObject([{ serious: true }]);
  expect(of({ wall_unfinished: 190, no_table: 40, unwind_failed: 30 }).map(({ serious }) => serious)).toEqual([
    false,
    false,
    false,
  ]);
});

test("what is no part of anything counted is serious, unless a later try makes it good", () => {
  expect(of({ directory_full: 1, wrap_race: 3 })).toMatchObject([
    { reason: "directory_full", share: null, serious: true },
    { reason: "wrap_race", serious: false },
  ]);
});

test("losses and counters are apart, and every counter of the tracer is in one of them", () => {
  const table = readFileSync(`${import.meta.dirname}/../../../native/wire/counters.h`, "utf8");
  const rows = [...table.matchAll(/^ {2}X\(\w+, "(\w+)",\s*\\?\n?\s*"([^"]*)"\)/gm)].map(
    ([, name = "", help = ""]) => [name, help] as const,
  );
  expect(rows.length).toBeGreaterThan(50);
  const { losses, counters } = apart(Object.fromEntries(rows.map(([name]) => [name, 1])));
  expect({ ...losses, ...counters }).toEqual(Object.fromEntries(rows.map(([name]) => [name, 1])));
  for (const [name, help] of rows)
    if (help.includes("not a loss")) expect([name, name in counters]).toEqual([name, true]);
  for (const name of [
    "samples_written",
    "wall_written",
    "label_agreed",
    "label_differed",
    "agent_restarts",
    "wall_torn",
  ])
    expect([name, name in losses]).toEqual([name, false]);
  for (const name of ["ring_full", "no_table", "directory_full", "wall_ring_full"])
    expect([name, name in losses]).toEqual([name, true]);
});
