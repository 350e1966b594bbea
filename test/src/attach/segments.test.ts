// Is a segment known by what its descriptor leads to, and nothing else taken for one?
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findSegments } from "../../../src/attach/segments.js";
import { scratch } from "../../helpers/scratch.js";

it("a process without one has none, although it has descriptors", () => {
  expect(findSegments(process.pid)).toEqual({ places: [], problem: null, empty: false });
});

it("a file of the segment's name, also one that was removed, is none: only memory without a file is", () => {
  const dir = scratch("segments");
  mkdirSync(join(dir, "memfd:gst-pyroscope (deleted)"), { recursive: true });
  const names = ["memfd:gst-pyroscope", "memfd:gst-pyroscope (deleted)/file"];
  for (const name of names) writeFileSync(join(dir, name), "");
  symlinkSync("/memfd:gst-pyroscope (deleted)", join(dir, "link"));
  const open = names.map((name) => openSync(join(dir, name), "r"));
  try {
    expect(findSegments(process.pid).places).toEqual([]);
  } finally {
    for (const fd of open) closeSync(fd);
  }
});

it("a process that is gone is told from one whose descriptors nobody may see", () => {
  expect(findSegments(2 ** 22 + 1)).toEqual({ places: [], problem: "gone", empty: true });
  const first = findSegments(1);
  expect([null, "denied"]).toContain(first.problem);
});
