// Are processes and their parents read from /proc as they are, whatever they are called?
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hostedBy, latestId, startTicks, withDescendants } from "../../../src/attach/processes.js";

/** No process ever has this number. */
const NOBODY = 2 ** 22 + 1;
const { pid, ppid } = process;

describe("the start of a process", () => {
  it("is the kernel's own, the same at each look", () => {
    // The name of ours has no bracket, so that the field can be counted by words.
    const words = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/\(.*\)/, "name")
      .split(" ");
    expect(startTicks(pid)).toBe(Number(words[21]));
    expect(startTicks(pid)).toBe(startTicks(pid));
  });

  it("is not before its parent's, and none for a number that nobody has", () => {
    expect(startTicks(pid)).toBeGreaterThanOrEqual(startTicks(ppid) ?? 0);
    expect([startTicks(NOBODY), startTicks(-1)]).toEqual([null, null]);
  });

  it("is found behind a name that looks like the rest of the line", () => {
    const title = process.title;
    try {
      process.title = "x) S 1 2 (y";
      expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") S 1 2 (");
      expect(startTicks(pid)).toBeGreaterThan(0);
      expect(withDescendants(ppid)).toContain(pid);
    } finally {
      process.title = title;
    }
  });
});

describe("descendants", () => {
  it("begin with the process itself, and each is there once", () => {
    const all = withDescendants(ppid);
    expect(all[0]).toBe(ppid);
    expect(all).toContain(pid);
    expect(new Set(all).size).toBe(all.length);
  });

  it("below one that is skipped are left out; it itself stays", () => {
    expect(withDescendants(ppid, (one) => one === ppid)).toEqual([ppid]);
    expect(withDescendants(pid, () => true)).toEqual([pid]);
  });

  it("of a number that nobody has are none", () => {
    expect(withDescendants(NOBODY)).toEqual([NOBODY]);
  });
});

it("nobody is hosted by a process that started nothing under its mark", () => {
  expect(hostedBy(NOBODY)).toEqual([]);
});

it("the latest id that was given is a number", () => {
  expect(latestId()).toMatch(/^\d+$/);
});
