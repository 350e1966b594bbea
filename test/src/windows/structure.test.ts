// Is it known which threads run an element, what it feeds, and when a pipeline is another one?
import { expect, test } from "vitest";
import { Structure } from "../../../src/windows/structure.js";
import { Piped } from "../../helpers/piped.js";

const only = <T>(list: readonly T[]): T => {
  expect(list).toHaveLength(1);
  return list[0] as T;
};

test("a pipeline without buffers is none yet", () => {
  const piped = new Piped();
  expect(new Structure(piped.topology).of(piped.after(0))).toEqual([]);
});

test("threads begin at a source, a queue and a muxer, however many buffers it sends with one call", () => {
  const piped = new Piped();
  const { elements } = only(new Structure(piped.topology).of(piped.after(10)));
  const threads = Object.fromEntries([...elements].map(([path, { threads }]) => [path, threads]));
  expect(threads).toEqual({
    "p/src": ["p/src"],
    "p/q": ["p/src", "p/q"],
    "p/enc": ["p/q"],
    "p/mux": ["p/q", "p/mux"],
    "p/out": ["p/mux"],
  });
  expect(elements.get("p/enc")).toMatchObject({ feeds: ["p/mux"], fedBy: ["p/q"], isQueue: false, drives: false });
  expect(elements.get("p/q")).toMatchObject({ isQueue: true, drives: true });
});

test("caps are those of the sink pads that got buffers", () => {
  const piped = new Piped();
  const structure = new Structure(piped.topology);
  expect(only(structure.of(piped.after(1))).elements.get("p/enc")?.inputs[0]?.caps).toBe("");
  piped.caps("enc", "video/x-raw, framerate=30/1");
  const { inputs } = only(structure.of(piped.after(1))).elements.get("p/enc") ?? {};
  expect(inputs).toEqual([{ pad: piped.padOf("enc"), caps: "video/x-raw, framerate=30/1" }]);
});

test("the topology is the same in another run, and another one with another element or link", () => {
  const [one, two, more] = [new Piped(), new Piped(), new Piped()];
  more.add("preview", "fakesink", 4);
  more.told();
  const hashOf = (piped: Piped, n = 3) => only(new Structure(piped.topology).of(piped.after(n))).topology;
  expect(hashOf(one)).toMatch(/^[0-9a-f]{16}$/);
  expect(hashOf(two, 9)).toBe(hashOf(one));
  expect(hashOf(more)).not.toBe(hashOf(one));
  const linked = new Structure(two.topology).of([...two.after(3), two.hop("enc", "out", [5])]);
  expect(only(linked).topology).not.toBe(hashOf(one));
});

test("is made again only when more is known", () => {
  const piped = new Piped();
  const structure = new Structure(piped.topology);
  const before = structure.of(piped.after(5));
  expect(structure.of(piped.after(6))).toBe(before);
  piped.caps("enc", "video/x-raw");
  expect(structure.of(piped.after(6))).not.toBe(before);
});
