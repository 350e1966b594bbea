// Do stacks come to the page as they were, each with its owner and time, and is what has no room counted?
import { describe, expect, it } from "vitest";
import { packStacks, unpackStacks } from "../../../src/page/packed-stacks.js";
import { Names } from "../../../src/page/packed-tree.js";
import { profilesOf, sampleAt } from "../../helpers/recordings.js";

const frames = [
  { name: "main", module: "app" },
  { name: "walk", module: "" },
  { name: "given", module: "lib", origin: "type" as const },
];
const cpu = profilesOf(
  [
    sampleAt("p/a", 7, { stack: [0, 1, 2], thread: "t" }),
    sampleAt("p/b", 5, { stack: [0, 1], thread: "u" }),
    sampleAt("", 3, { stack: [] }),
    sampleAt("p/a", 2, { stack: [0, 0, 0], thread: "t" }),
  ],
  frames,
);
const wall = profilesOf(
  [...cpu.stacks.samples, sampleAt("p/b", 9, { stack: [0, 2], thread: "w", blockedOn: "futex" })],
  frames,
);
const elementOf = (path: string): number => ["p/a", "p/b"].indexOf(path);

function there(most = 1000, move?: (element: number) => number) {
  const names = new Names((name) => name);
  const packed = packStacks({ cpu, wall }, elementOf, names, most);
  // It travels as JSON.
  const sent = JSON.parse(JSON.stringify({ packed, strings: names.strings }));
  return { packed, ...unpackStacks(sent.strings, sent.packed, move) };
}

describe("packed stacks", () => {
  it("are the same stacks again", () => {
    const found = there();
    const named = found.cpu.map(({ stack, ...one }) => ({ ...one, stack: stack.map((i) => found.frames[i]?.name) }));
    expect(named).toEqual([
      { ns: 7, element: 0, thread: "t", stack: ["main", "walk", "given"] },
      { ns: 5, element: 1, thread: "u", stack: ["main", "walk"] },
      { ns: 3, element: -1, thread: "(unknown thread)", stack: [] },
      { ns: 2, element: 0, thread: "t", stack: ["main", "main", "main"] },
    ]);
    expect(found.frames).toEqual(expect.arrayContaining(frames));
    expect(found.wall?.reduce((sum, { ns }) => sum + ns, 0)).toBe(26);
    expect([...found.idle]).toEqual(["w"]);
  });

  it("have equal beginnings once, also of both profiles", () => {
    expect(there().packed.nodes).toHaveLength(2 * 6);
  });

  it("follow their elements to other indexes", () => {
    expect(there(1000, (element) => element + 10).cpu.map(({ element }) => element)).toEqual([10, 11, -1, 10]);
  });

  it("beyond the room for them are counted: those with the least time", () => {
    const { packed } = there(3);
    expect(packed.cpu).toMatchObject({ left: 1, leftNs: 2 });
    expect(packed.cpu.rows).toHaveLength(3 * 3);
    expect(packed.wall).toMatchObject({ left: 2, leftNs: 11 });
  });

  it("are none of a recording without profiles", () => {
    const names = new Names((name) => name);
    const packed = packStacks({ cpu: null, wall: null }, elementOf, names, 10);
    expect(unpackStacks(names.strings, packed)).toEqual({ frames: [], cpu: [], wall: null, idle: new Set() });
  });
});
