// Are pipeline, element, part and thread of a sample named in that order, and its wait?
import { expect, test } from "vitest";
import { LOOP, WORKERS } from "../../../src/analysis/flame.js";
import { placeNames, waitName } from "../../../src/analysis/sample-place.js";

test.each([
  ["p/bin/enc", ["p", "bin/enc", "t"]],
  ["(driver:p/src)", ["p", "src", LOOP, "t"]],
  ["(worker:p/enc)", ["p", "enc", WORKERS, "t"]],
  ["p/a\\/b", ["p", "a/b", "t"]],
  ["(factory:x264enc)", ["(some x264enc)", "t"]],
  ["", ["(outside of elements)", "t"]],
  ["p", ["p", "t"]],
])("%s", (path, names) => {
  expect(placeNames({ path, thread: "t" })).toEqual(names);
});

test("a thread without a name, and waits", () => {
  expect(placeNames({ path: "", thread: "" }).at(-1)).toBe("(unknown thread)");
  expect(["", "cpu", "futex"].map((blockedOn) => waitName({ blockedOn }))).toEqual([
    "",
    "(ready, waits for a CPU)",
    "(blocked in futex)",
  ]);
});
