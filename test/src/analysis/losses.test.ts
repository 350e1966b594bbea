// Is a loss red only where it changes what a person concludes, and is nothing called a loss that is none?
import { expect, test } from "vitest";
import { apart, lossesOf, lossWords } from "../../../src/analysis/losses.js";
import { agentCounters } from "../../../src/model/counter-kinds.js";
import { targetCounters } from "../../../src/model/counters.js";

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
  const all = Object.fromEntries([...targetCounters, ...agentCounters].map(({ name }) => [name, 1]));
  expect(Object.keys(all).length).toBeGreaterThan(50);
  const { losses, counters } = apart(all);
  expect({ ...losses, ...counters }).toEqual(all);
  for (const name of [
    "samples_written",
    "wall_written",
    "label_agreed",
    "label_differed",
    "agent_restarts",
    "wall_torn",
  ])
    expect([name, name in losses]).toEqual([name, false]);
  // What no table knows is a loss.
  expect(Object.keys(apart({ upload_expired: 1, of_a_newer_tracer: 2 }).losses)).toHaveLength(2);
  for (const name of ["ring_full", "no_table", "directory_full", "wall_ring_full", "agent_lost"])
    expect([name, name in losses]).toEqual([name, true]);
});
