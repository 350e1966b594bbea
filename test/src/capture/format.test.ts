// Are the names of a capture's files those that its writers make, and no others?
import { describe, expect, it } from "vitest";
import {
  captureFiles,
  isMergedFile,
  isProcessFolder,
  isProfileFile,
  processFolder,
} from "../../../src/capture/format.js";

/** What somebody may have put beside them; a capture that is replaced removes what is called ours. */
const others = [
  "cpu.pb.gz",
  "cpu-.pb.gz",
  "cpu-0.pb.gz",
  "cpu-01.pb.gz",
  "cpu-1-.pb.gz",
  "cpu-1-8-9.pb.gz",
  "cpu-1.pb.gz.bak",
  "my-cpu-1.pb.gz",
  "heap-1.pb.gz",
  "cpu-1.pb",
  "cpu-1xpb.gz",
  "../cpu-1.pb.gz",
  "cpu-1.pb.gz\n",
  "CPU-1.pb.gz",
];

describe("a profile's name", () => {
  it.each(["cpu-1.pb.gz", "wall-1.pb.gz", "cpu-604800.pb.gz"])("%s is of one window", (name) => {
    expect([isProfileFile(name), isMergedFile(name)]).toEqual([true, false]);
  });

  it.each(["cpu-1-8.pb.gz", "wall-9-16.pb.gz"])("%s is of several that were merged", (name) => {
    expect([isProfileFile(name), isMergedFile(name)]).toEqual([true, true]);
  });

  it.each(others)("%j is none of ours", (name) => expect(isProfileFile(name)).toBe(false));
});

it("a process's folder is the one that was made for it", () => {
  for (const n of [1, 2, 10, 9999]) expect(isProcessFolder(processFolder(n))).toBe(true);
  for (const name of ["process-", "process-0", "process-02", "process-1-2", "process-1/x", "xprocess-1", "process-1 "])
    expect(isProcessFolder(name)).toBe(false);
});

it("no two files of a capture share a name", () => {
  const names = Object.values(captureFiles);
  expect(new Set(names).size).toBe(names.length);
});
