// Has each row of a table one number, from 1, whatever is asked for again or taken away?
import { expect, it } from "vitest";
import { NumberedRows } from "../../../src/capture/numbered-rows.js";

const make = (name: string) => (id: number) => ({ id, name });

it("a row is made once, with the next number, and found by its key afterwards", () => {
  const table = new NumberedRows<{ id: number; name: string }>();
  const first = table.row("a", make("a"));
  expect(table.row("b", make("b")).id).toBe(2);
  expect(table.row("a", make("another"))).toBe(first);
  expect(table.rows).toEqual([
    { id: 1, name: "a" },
    { id: 2, name: "b" },
  ]);
});

it("rows that are not wanted go, and the others keep their numbers", () => {
  const table = new NumberedRows<{ id: number; name: string }>();
  for (const name of ["a", "b", "c"]) table.row(name, make(name));
  table.only(({ name }) => name !== "b");
  expect(table.rows.map(({ id }) => id)).toEqual([1, 3]);
});
