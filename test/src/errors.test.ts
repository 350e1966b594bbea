// Does an error say what happened, what helps, and its detail, in one line?
import { describe, expect, it } from "vitest";
import { CodedError, type ErrorCode, errorTable, lossOf, type UploadCode } from "../../src/errors.js";

const codes = Object.keys(errorTable) as ErrorCode[];

describe("an error with a code", () => {
  it("says what happened, its detail, and what a person can do", () => {
    const error = new CodedError("ERR_SERVER_URL", "ftp://h");
    expect(error.message).toBe("the server address is not a URL: ftp://h (write it like http://localhost:4040)");
    expect([error.code, error.name, error instanceof Error]).toEqual(["ERR_SERVER_URL", "CodedError", true]);
  });

  it("leaves out what there is not: no empty brackets, no colon without a detail", () => {
    expect(new CodedError("ERR_SEGMENT_CLOSED").message).toBe("the segment was closed already");
    expect(new CodedError("ERR_SEGMENT_CLOSED", "fd 7").message).toBe("the segment was closed already: fd 7");
    expect(new CodedError("ERR_THREAD").message).toMatch(/^the system has no thread left \(raise .*\)$/);
  });

  it("keeps its cause", () => {
    const cause = new Error("EPERM");
    expect(new CodedError("ERR_SEGMENT_OPEN", "", { cause }).cause).toBe(cause);
  });

  it.each(codes)("%s is one line", (code) =>
    expect(new CodedError(code, "x").message).not.toMatch(/\n|\(\)|undefined/),
  );
});

it("as losses, codes of uploads are words of a metric, each its own", () => {
  expect(lossOf("ERR_UPLOAD_EXPIRED")).toBe("upload_expired");
  const uploads = codes.filter((code): code is UploadCode => code.startsWith("ERR_UPLOAD_"));
  const losses = uploads.map(lossOf);
  expect(uploads.length).toBeGreaterThan(5);
  expect(new Set(losses).size).toBe(uploads.length);
  for (const loss of losses) expect(loss).toMatch(/^upload(_[a-z]+)+$/);
});
