// Is each stack there once for all windows, and gone with everything that it had when the last one lets it go?
import { expect, it } from "vitest";
import { StackTable } from "../../../src/live/stack-table.js";
import { FOLDED_FRAME } from "../../../src/model/symbol.js";
import { ownerOf, samplesOf } from "../../helpers/live.js";

const enc = ownerOf("p/enc");

it("equal stacks of equal owners are one, within a window and across windows, whatever their frames' numbers there", () => {
  const table = new StackTable();
  const first = table.holdAll(
    samplesOf([
      { owner: enc, stack: "a;b", ns: 1 },
      { owner: ownerOf("p/enc"), stack: "a;b", ns: 2 },
      { owner: ownerOf("p/sink"), stack: "a;b", ns: 4 },
    ]),
  );
  expect(first.map(({ ns }) => ns)).toEqual([3, 4]);
  const [second] = table.holdAll(samplesOf([{ owner: ownerOf("p/enc"), stack: "b;a", ns: 5 }]));
  const [third] = table.holdAll(samplesOf([{ owner: ownerOf("p/enc"), stack: "a;b", ns: 7 }]));
  expect([second === first[0], third === first[0], table.size]).toEqual([false, true, 3]);
  expect(first[0] && table.owner(first[0])).toEqual(enc);
});

it("everything is given back with the last one that holds it", () => {
  const table = new StackTable();
  const held = [1, 2].map(() => table.holdAll(samplesOf([{ owner: enc, stack: "a;b;c", ns: 1 }])));
  for (const stack of held[0] ?? []) table.release(stack);
  expect(table.size).toBe(1);
  for (const stack of held[1] ?? []) table.release(stack);
  expect([table.size, table.bytes]).toEqual([0, 0]);
});

it("stacks of one hash are told apart, and let go of each by itself", () => {
  const table = new StackTable();
  const many = Array.from({ length: 5000 }, (_, i) => ({ owner: enc, stack: `f${i % 70};g${i}`, ns: 1 }));
  const held = table.holdAll(samplesOf(many));
  expect(held.length).toBe(5000);
  for (const stack of held.filter((_, i) => i % 2 === 0)) table.release(stack);
  expect(table.holdAll(samplesOf(many.slice(1, 2)))[0]).toBe(held[1]);
  expect(table.size).toBe(2500);
});

it("what stands for the others of an owner is one stack of that owner", () => {
  const table = new StackTable();
  const [stack] = table.holdAll(samplesOf([{ owner: enc, stack: "a;b", ns: 1 }]));
  if (stack === undefined) throw new Error("no stack");
  const folded = table.foldedOf(stack);
  table.hold(folded);
  expect([table.isFolded(folded), table.isFolded(stack), table.foldedOf(stack) === folded]).toEqual([
    true,
    false,
    true,
  ]);
  expect(table.frames[folded.frames[0] ?? -1]?.name).toBe(FOLDED_FRAME);
});

it("two functions of one name are two frames, and with their addresses they are given back as well", () => {
  const table = new StackTable();
  const frame = { name: "GstWork chain", module: "libwork.so", origin: "type" as const };
  const frames = [1, 2].map((address) => ({ ...frame, address, image: { path: "/libwork.so", buildId: "ab" } }));
  const window = samplesOf([
    { owner: enc, stack: "a", ns: 1 },
    { owner: enc, stack: "b", ns: 2 },
  ]);
  const held = [1, 2].flatMap(() => table.holdAll({ ...structuredClone(window), frames: structuredClone(frames) }));
  expect([table.size, held[0] === held[2], held[0] === held[1]]).toEqual([2, true, false]);
  expect(held.slice(0, 2).map((one) => table.frames[one.frames[0] ?? -1]?.address)).toEqual([1, 2]);
  for (const stack of held) table.release(stack);
  expect(table.bytes).toBe(0);
});
