// Are the stacks that a window brings the heaviest of those elements, and small enough?
import { expect, test } from "vitest";
import { windowLimits } from "../../../src/windows/pipeline-window.js";
import { heaviestStacks } from "../../../src/windows/stacks.js";
import { ownerOf, samplesOf } from "../../helpers/live.js";

test("equal stacks of an element, its loop and its workers are one; others, and waits, are left out", () => {
  const samples = samplesOf([
    { owner: ownerOf("p/enc"), stack: "main;work", ns: 1e6 },
    { owner: ownerOf("(worker:p/enc)"), stack: "main;work", ns: 2e6 },
    { owner: ownerOf("p/enc"), stack: "main;other", ns: 5e6 },
    { owner: ownerOf("p/enc", { blockedOn: "futex" }), stack: "main;wait", ns: 9e6 },
    { owner: ownerOf("p/mux"), stack: "main;mux", ns: 9e6 },
  ]);
  expect(heaviestStacks(samples, new Set(["p/enc"]))).toEqual([
    { path: "p/enc", frames: ["main", "other"], ms: 5 },
    { path: "p/enc", frames: ["main", "work"], ms: 3 },
  ]);
});

test("of very many and very deep ones the heaviest fit, from the leaf up", () => {
  const deep = Array.from({ length: 1000 }, (_, i) => `frame_${i}`).join(";");
  const burned = Array.from({ length: 500 }, (_, i) => ({ owner: ownerOf("p/enc"), stack: `main;f${i}`, ns: i + 1 }));
  const samples = samplesOf([...burned, { owner: ownerOf("p/enc"), stack: deep, ns: 1e9 }]);
  const stacks = heaviestStacks(samples, new Set(["p/enc"]));
  expect(Buffer.byteLength(JSON.stringify(stacks))).toBeLessThanOrEqual(windowLimits.stackBytes);
  expect(stacks[0]?.frames).toHaveLength(windowLimits.frames);
  expect(stacks[0]?.frames.at(-1)).toBe("frame_999");
  expect(stacks).toHaveLength(windowLimits.stacks);
});
