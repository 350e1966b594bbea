// Does an element keep its index, whatever order the agent sends it in, and is nothing kept of those that are long gone?
import { expect, test } from "vitest";
import { StableElements } from "../../../../src/live/browser/stable-elements.js";
import { packTrees } from "../../../../src/page/packed-tree.js";
import type { PageData } from "../../../../src/page/page-data.js";

/** Of these elements, costliest first, each with a frame of its own. */
function data(...names: string[]): PageData {
  const node = { ns: 1, module: "", callers: [], children: [] };
  const tree = {
    ...{ ...node, name: "all", element: -1 },
    children: names.map((name, element) => ({ ...node, name, element })),
  };
  const { strings, trees } = packTrees([tree]);
  const elements = names.map((name) => ({ name, factory: "f", pipeline: "p", heat: null }));
  const headline = { element: 0, name: "", rest: "", detail: "" };
  return {
    strings,
    flame: trees[0],
    wallFlame: null,
    elements,
    headline,
    traced: null,
    graph: { pipelines: [], more: 0, problem: "" },
  } as unknown as PageData;
}

const framesOf = (stable: ReturnType<StableElements["take"]>) =>
  stable.flame?.children.map(({ name, element }) => [name, stable.data.elements[element]?.name]);

test("an element has one index for ever, which headline and frames name, and the order of costs is told beside it", () => {
  const elements = new StableElements();
  expect(elements.take(data("a", "b", "c")).order).toEqual([0, 1, 2]);
  const moved = elements.take(data("c", "d", "a"));
  expect(moved.order).toEqual([2, 3, 0]);
  expect(moved.data.headline.element).toBe(2);
  expect(moved.data.elements.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  expect(framesOf(moved)).toEqual([
    ["c", "c"],
    ["d", "d"],
    ["a", "a"],
  ]);
});

test("two of one name are two elements", () => {
  const elements = new StableElements();
  expect(elements.take(data("a", "a")).order).toEqual([0, 1]);
  expect(elements.take(data("a", "a")).order).toEqual([0, 1]);
});

test("an index goes to another element once its own has been away for a minute, and that is told", () => {
  const elements = new StableElements();
  elements.take(data("a", "b"));
  for (let i = 0; i < 60; i++) elements.take(data("b"));
  expect(elements.take(data("b", "c"))).toMatchObject({ order: [1, 0], renewed: [0] });
  for (let i = 0; i < 500; i++) elements.take(data("b", `session${i}`));
  expect(elements.take(data("b")).data.elements.length).toBeLessThan(100);
});
