// Does an error of a capture say in one line what is wrong, and where?
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CaptureError, type CaptureErrorCode, captureErrors, systemCode } from "../../../src/capture/errors.js";

it("names the path, what is wrong with it, and the detail where there is one", () => {
  const plain = new CaptureError("ERR_CAPTURE_EMPTY", "/tmp/x");
  expect(plain.message).toBe("/tmp/x: the directory is empty");
  const cause = new Error("why");
  const detailed = new CaptureError("ERR_CAPTURE_UNREADABLE", "/tmp/x", "EACCES", { cause });
  expect(detailed.message).toBe("/tmp/x: the capture cannot be read (EACCES)");
  expect([detailed.code, detailed.path, detailed.detail]).toEqual(["ERR_CAPTURE_UNREADABLE", "/tmp/x", "EACCES"]);
  expect([detailed.cause, detailed.name]).toEqual([cause, "CaptureError"]);
});

it("each sentence is told apart from the others, and fits in one line", () => {
  const sentences = Object.values(captureErrors);
  expect(new Set(sentences).size).toBe(sentences.length);
  for (const code of Object.keys(captureErrors) as CaptureErrorCode[])
    expect(new CaptureError(code, "d").message).not.toMatch(/\n|undefined|\(\)/);
});

it("the system's code is found where the system gave one", () => {
  let missing: unknown;
  try {
    readFileSync("/proc/self/no-such-file");
  } catch (error) {
    missing = error;
  }
  expect(systemCode(missing)).toBe("ENOENT");
  expect(systemCode(Object.assign(new Error("x"), { code: 7 }))).toBe("");
  for (const other of [new Error("x"), { code: "ENOENT" }, "ENOENT", null, undefined])
    expect(systemCode(other)).toBe("");
});
