// Is a capture that nobody named called after the second and the process that made it?
import { expect, it } from "vitest";
import { captureName } from "../../../src/capture/capture-name.js";

it("the name is that of the second, in UTC, and of the writer", () => {
  expect(captureName(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), 42)).toBe("gst-pyroscope-20260102T030405Z-42");
});
