// Does the page stay with its target, and go on to the one that began again?
import { expect, test } from "vitest";
import { nextTarget } from "../../../../src/live/browser/target-choice.js";
import type { TargetStatus } from "../../../../src/live/live-target.js";

const target = (id: number, service: string, state: TargetStatus["state"] = "running"): TargetStatus => ({
  ...{
    id,
    pid: 100 + id,
    service,
    state,
    command: "",
    pipelines: [],
    startTime: "",
    uptimeNs: 0,
    samples: 0,
    losses: {},
  },
  settings: { enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap" },
});
const none = { shown: null, wanted: Number.NaN, held: null };

test("a page begins with the target that its address names, else with the first one that runs", () => {
  const all = [target(1, "a", "ended"), target(2, "b"), target(3, "c")];
  expect(nextTarget(all, none)?.id).toBe(2);
  expect(nextTarget(all, { ...none, wanted: 3 })?.id).toBe(3);
  expect(nextTarget(all, { ...none, wanted: 9 })?.id).toBe(2);
  expect(nextTarget([target(1, "a", "ended")], none)?.id).toBe(1);
  expect(nextTarget([], none)).toBeNull();
});

test("it stays while that runs, and goes on to the latest one of the same service afterwards", () => {
  const shown = target(1, "a");
  expect(nextTarget([shown, target(2, "a")], { ...none, shown })?.id).toBe(1);
  const ended = [target(1, "a", "ended"), target(2, "b"), target(3, "a"), target(4, "a")];
  expect(nextTarget(ended, { ...none, shown })?.id).toBe(4);
  expect(nextTarget(ended.slice(0, 2), { ...none, shown })?.id).toBe(1);
  expect(nextTarget([target(1, "a", "ended"), target(2, "a")], { ...none, shown, held: 1 })?.id).toBe(1);
});

test("a number that another agent has given to another process is another target", () => {
  const shown = { ...target(1, "a"), pid: 7 };
  expect(nextTarget([target(1, "b"), target(2, "a")], { ...none, shown })?.id).toBe(2);
});
