// Have equal rows one number, and is it free again when nobody holds it?
import { expect, it } from "vitest";
import { SharedRows } from "../../../src/live/shared-rows.js";

it("equal rows have one number for as long as anybody holds it; then another row gets it", () => {
  const rows = new SharedRows<string>(
    (row) => row,
    (row) => row.length,
  );
  const [a, b, again] = [rows.hold("one"), rows.hold("three"), rows.hold("one")];
  expect([a === again, a === b, rows.size, rows.bytes]).toEqual([true, false, 2, 8]);
  rows.release(a);
  expect(rows.at(a)).toBe("one");
  rows.release(a);
  expect([rows.size, rows.bytes]).toEqual([1, 5]);
  expect(rows.hold("four")).toBe(a);
  expect(rows.all()).toEqual(["four", "three"]);
});
