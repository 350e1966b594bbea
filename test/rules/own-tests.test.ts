// Which test fails when a source file is wrong? One of the file's own name; the others stand in a table, which is short.
import { describe, expect, test } from "vitest";
import { heldBy, MOST_ELSEWHERE, ownTests } from "../../scripts/own-tests.mjs";
import { filesBelow } from "../helpers/tree.js";

const tracked = ["src", "native", "test"].flatMap((folder) => filesBelow(folder));
const { files, tests, without } = ownTests(tracked);

describe("a source file with logic", () => {
  test("is found at all", () => {
    expect(files.length).toBeGreaterThan(250);
    expect(tests.length).toBeGreaterThan(250);
  });

  test("has a test of its name, or the table says which test holds it", () => {
    expect(without.filter((file) => !(file in heldBy))).toEqual([]);
  });

  test("stands in the table only while it has none, behind a test that there is", () => {
    expect(Object.keys(heldBy).filter((file) => !without.includes(file))).toEqual([]);
    expect(Object.values(heldBy).filter((file) => !tests.includes(file))).toEqual([]);
  });

  test("is held elsewhere no more often than one in four", () => {
    expect(without.length / files.length).toBeLessThanOrEqual(MOST_ELSEWHERE);
  });
});
