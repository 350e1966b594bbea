// Are functions called what their target says, bounded, and is a line that makes no sense no name?
import { describe, expect, it } from "vitest";
import { FunctionNames } from "../../../src/model/function-names.js";
import { Topology } from "../../../src/model/topology.js";
import { random } from "../../helpers/sample-capture.js";

function named(...texts: string[]): FunctionNames {
  const names = new FunctionNames();
  for (const text of texts) names.add(text);
  return names;
}

describe("a line", () => {
  it("names a function of a module by where it begins, after a type or a role", () => {
    const names = named("2 87c0 t GstX264Enc::handle_frame\n1f 0 r [runs a task]\n");
    expect(names.of(2, 0x87c0)).toEqual({ name: "GstX264Enc::handle_frame", origin: "type" });
    expect(names.of(0x1f, 0)).toEqual({ name: "[runs a task]", origin: "role" });
    expect([names.of(2, 0x87c1), names.of(3, 0x87c0)]).toEqual([undefined, undefined]);
  });

  it("takes the place of an earlier one of its function, in the same entry or in another", () => {
    const names = named("2 10 t GstFoo::transform\n2 20 t a\n2 20 t b\n", "2 10 t GstBaseTransform::transform\n");
    expect(names.of(2, 0x10)?.name).toBe("GstBaseTransform::transform");
    expect(names.of(2, 0x20)?.name).toBe("b");
  });

  it("without a name takes the name away, and a later one gives another", () => {
    const names = named("2 10 t GstFoo::transform\n", "2 10 t \n", "2 20 t a\n2 20 t\n", "2 10 t GstBar::transform\n");
    expect([names.of(2, 0x10)?.name, names.of(2, 0x20)]).toEqual(["GstBar::transform", undefined]);
  });

  it("of a type comes before one of a role, whichever was said first; without it the role is there again", () => {
    const names = named("2 10 r [runs a task]\n2 10 t GstQueue src loop\n2 10 r [starts a thread]\n");
    expect(names.of(2, 0x10)).toEqual({ name: "GstQueue src loop", origin: "type" });
    names.add("2 10 t \n");
    expect(names.of(2, 0x10)).toEqual({ name: "[starts a thread]", origin: "role" });
  });

  it.each([
    "",
    "2",
    "2 10",
    "2 10 t",
    "2 10 x name",
    "2 10 tt name",
    "g 10 t name",
    "2 0x10 t name",
    "-2 10 t name",
    "2 10000000000000 t what a number cannot hold",
    "2  10 t name",
    " 2 10 t name",
    "123456789 10 t name",
    "2 10 t this text was cut…",
  ])("%j is none, and those around it are", (line) => {
    const names = named(`2 8 t before\n${line}\n2 18 t after\n`);
    expect([names.of(2, 8)?.name, names.of(2, 0x10), names.of(2, 0x18)?.name]).toEqual(["before", undefined, "after"]);
  });

  it("may be anything at all and does no harm", () => {
    const next = random(7);
    const word = () => String.fromCharCode(...Array.from({ length: 40 }, () => Math.floor(next() * 128)));
    const names = named(...Array.from({ length: 500 }, word));
    expect(names.of(2, 0x10)).toBeUndefined();
  });
});

describe("names beyond what a directory holds", () => {
  const long = "n".repeat(4000);
  const fill = () => named(...Array.from({ length: 1000 }, (_, i) => `2 ${i.toString(16)} t ${long}\n`));
  const kept = (names: FunctionNames) => [...Array(1000).keys()].filter((i) => names.of(2, i) !== undefined).length;

  it("are left out", () => {
    expect(kept(fill())).toBe(Math.floor((768 * 1024) / 4008));
  });

  it("have room again where others were taken away, and no number of later names for one function takes any", () => {
    const names = fill();
    names.add("2 0 t \n3 0 t GstLater::chain\n");
    for (let i = 0; i < 1000; i++) names.add(`3 0 t GstLater::chain${i % 10}\n`);
    expect([names.of(2, 0), names.of(3, 0)?.name]).toEqual([undefined, "GstLater::chain9"]);
  });
});

it("a topology takes them from the directory, also before their module is known", () => {
  const topology = new Topology();
  const values = { parent: 0, value0: 1, value1: 0 };
  topology.add([{ id: 9, kind: "functions", texts: ["7 87c0 t GstX264Enc::handle_frame\n"], ...values }]);
  topology.add([{ id: 10, kind: "functions", texts: [], ...values }]);
  expect(topology.modules.size).toBe(0);
  expect(topology.functions.of(7, 0x87c0)?.name).toBe("GstX264Enc::handle_frame");
});
