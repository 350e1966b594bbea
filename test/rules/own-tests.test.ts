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

  test("is not held by a test of another file of that name in another room", () => {
    const [native, source] = ["native/tracer/session.cc", "src/agent/session/session.ts"];
    expect(ownTests([native, source, "test/src/agent/session/session.test.ts"]).without).toEqual([native]);
    expect(ownTests([native, source, "test/native/tracer/session.test.cc"]).without).toEqual([source]);
    expect(ownTests([native, source, "test/e2e/session.test.ts"]).without).toEqual([]);
  });

  test("is not one that has types only, whatever its comments speak of", () => {
    const files = [
      "src/model/symbol.ts",
      "src/agent/host-request.ts",
      "src/agent/session/sink.ts",
      "src/model/summary.ts",
    ];
    expect(ownTests(files).files).toEqual([]);
    expect(ownTests(["src/profile/window.ts", "src/agent/session/target-clock.ts"]).files).toHaveLength(2);
  });

  test("stands in the table only while it has none, behind a test that there is", () => {
    expect(Object.keys(heldBy).filter((file) => !without.includes(file))).toEqual([]);
    expect(Object.values(heldBy).filter((file) => !tests.includes(file))).toEqual([]);
  });

  test("is held elsewhere no more often than one in four", () => {
    expect(without.length / files.length).toBeLessThanOrEqual(MOST_ELSEWHERE);
  });
});
