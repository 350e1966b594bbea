// Does each way to end have an exit code of its own, and each fault of a capture one that a script can tell?
import { expect, it } from "vitest";
import { type CaptureErrorCode, captureErrors } from "../../../src/capture/errors.js";
import { captureExit, exitCodes } from "../../../src/commands/exit-codes.js";

it("codes are each their own, and small enough for a shell", () => {
  const codes = Object.values(exitCodes).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(Number.isInteger(code) && code >= 0 && code <= 127).toBe(true);
  // A shell's own words, and env's: 125, 126, 127.
  expect([exitCodes.ownFailure.code, exitCodes.notExecutable.code, exitCodes.notFound.code]).toEqual([125, 126, 127]);
});

it.each<[CaptureErrorCode, number]>([
  ["ERR_CAPTURE_MISSING", 3],
  ["ERR_CAPTURE_NOT_A_DIRECTORY", 3],
  ["ERR_CAPTURE_EMPTY", 4],
  ["ERR_CAPTURE_FOREIGN", 5],
  ["ERR_CAPTURE_TRUNCATED", 6],
  ["ERR_CAPTURE_VERSION", 7],
  ["ERR_CAPTURE_UNREADABLE", 8],
  ["ERR_CAPTURE_UNSAFE", 8],
])("%s ends with %d, a promise to scripts", (code, exit) => expect(captureExit(code)).toBe(exit));

it("no fault of a capture ends as if all were well, or as a wrong option does", () => {
  for (const code of Object.keys(captureErrors) as CaptureErrorCode[])
    expect(captureExit(code)).toBeGreaterThan(exitCodes.usage.code);
});
