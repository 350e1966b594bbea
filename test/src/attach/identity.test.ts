// Does a target keep the start time that it says of itself, unless we see that it is the target and started at another?
import { expect, it } from "vitest";
import { seenStartTicks } from "../../../src/attach/identity.js";
import { startTicks } from "../../../src/attach/processes.js";

const own = startTicks(process.pid) ?? 0;
const NOBODY = 2 ** 22 + 1;

it("what we see too is believed", () => {
  expect(seenStartTicks(process.pid, own, 1)).toBe(own);
});

it("what it says stays where the process of that number has no such segment: it is another one", () => {
  expect(own).not.toBe(7);
  expect(seenStartTicks(process.pid, 7, 1)).toBe(7);
  expect(seenStartTicks(process.pid, 0, 1)).toBe(0);
});

it("what it says stays where nothing can be seen", () => {
  expect(seenStartTicks(NOBODY, 7, 1)).toBe(7);
  expect(seenStartTicks(process.pid, 7, null)).toBe(7);
});
