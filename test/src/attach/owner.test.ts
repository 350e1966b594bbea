// Is a segment only believed that is ours, in a process that is?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isForeign, segmentOwner } from "../../../src/attach/owner.js";
import { scratch } from "../../helpers/scratch.js";

const me = process.geteuid?.() ?? -1;
const somebody = me + 1;
/** No process ever has this number: it ended, or cannot be seen. */
const NOBODY = 2 ** 22 + 1;

it("a file's owner is who made it; of what cannot be seen there is none", () => {
  const dir = scratch("owner");
  mkdirSync(dir);
  writeFileSync(join(dir, "segment"), "");
  expect(segmentOwner(join(dir, "segment"))).toBe(me);
  expect(segmentOwner(join(dir, "none"))).toBeNull();
});

it("our own segment in our own process is not foreign", () => {
  expect(isForeign(process.pid, me)).toBe(false);
});

it("a process that cannot be seen any more is known by its segment alone", () => {
  expect(isForeign(NOBODY, me)).toBe(false);
  expect(isForeign(NOBODY, somebody)).toBe(true);
});

it("somebody else's segment, or our segment in somebody else's process, is foreign", () => {
  expect(isForeign(process.pid, somebody)).toBe(true);
  expect(isForeign(process.pid, somebody, somebody)).toBe(true); // the process runs as us, and we are somebody
});

it("an owner that cannot be seen is not ours", () => {
  expect(isForeign(process.pid, null)).toBe(true);
  expect(isForeign(NOBODY, null)).toBe(true);
});
