// Is a clock shifted only where another time namespace is seen?
import { expect, it } from "vitest";
import { monotonicShiftNs } from "../../../src/attach/time-namespace.js";

it("ours is not, nor is that of a process that cannot be seen", () => {
  expect(monotonicShiftNs(process.pid)).toBe(0n);
  expect(monotonicShiftNs(2 ** 22 + 1)).toBe(0n);
  expect(monotonicShiftNs(-1)).toBe(0n);
});
