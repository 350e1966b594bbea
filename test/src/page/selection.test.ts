// Does a link say all that is chosen, and is a wrong one harmless?
import { expect, test } from "vitest";
import { hashOf, nothingSelected, selectionIn } from "../../../src/page/browser/selection.js";

test("what is chosen comes back out of the address, whatever names are in it", () => {
  const name = 'a&b=c#d %41 + ü "<script>';
  const texts = { element: name, thread: name, function: name, module: name, pattern: name };
  const selection = {
    ...nothingSelected,
    ...texts,
    view: "functions" as const,
    inverted: true,
    wall: true,
    zoom: "1x9z0ab",
    target: "12",
  };
  expect(selectionIn(hashOf(selection))).toEqual(selection);
  expect(hashOf(nothingSelected)).toBe("");
});

test("links of before still open, and what makes no sense chooses nothing", () => {
  expect(selectionIn("#view-graph").view).toBe("graph");
  expect(selectionIn("#3").target).toBe("3");
  for (const hash of [
    "",
    "#",
    "#%",
    "#view=%E0%A4%A",
    "#view=none&target=-1&graph=x&clock=y",
    "#&&==&",
    "#zoom=%3Cimg%3E",
  ])
    expect(selectionIn(hash)).toEqual(nothingSelected);
});
