// Which kinds of cells count buffers that a pad's function took?
import { expect, it } from "vitest";
import { cellKinds, isHop } from "../../../src/model/batch.js";

it("chain, pull and the overflow of both count buffers; what is beside them counts none", () => {
  expect(cellKinds.filter((kind) => isHop({ kind }))).toEqual(["chain", "pull", "overflow"]);
});

it("the kinds have their place by number: a new one comes last", () => {
  expect(cellKinds.indexOf("chain")).toBe(0);
  expect(cellKinds.slice(0, 12)).toEqual([
    ...["chain", "pull", "overflow", "driver", "queue", "event", "query", "latency", "reported", "link", "state"],
    "transit",
  ]);
  expect(new Set(cellKinds).size).toBe(cellKinds.length);
});
