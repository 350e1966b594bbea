// Is the path of an element its place in the pipeline, and bounded however deep a target says that it lies?
import { describe, expect, it } from "vitest";
import { ElementPaths } from "../../../src/model/element-paths.js";

/** A pipeline with id 1. */
function paths(pipeline = "p") {
  const made = new ElementPaths();
  made.addPipeline(1, pipeline);
  return made;
}

describe("a path", () => {
  it("is that of its parent and its own name", () => {
    const made = paths();
    expect(made.add(2, 1, "bin")).toBe("p/bin");
    expect(made.add(3, 2, "enc")).toBe("p/bin/enc");
    expect(made.add(4, 1, "sink")).toBe("p/sink");
  });

  it("of what is nowhere is its name, and of what is in it begins there", () => {
    const made = paths();
    expect(made.add(2, 99, "loose")).toBe("loose");
    expect(made.add(3, 2, "inside")).toBe("loose/inside");
  });

  it("is not known any more once its id was given back", () => {
    const made = paths();
    made.add(2, 1, "bin");
    expect([made.has(1), made.has(2), made.has(3)]).toEqual([true, true, false]);
    made.delete(2);
    expect(made.has(2)).toBe(false);
    expect(made.add(3, 2, "enc")).toBe("enc");
  });
});

describe("a place that is too deep", () => {
  it("shows the names above it that fitted, and its own", () => {
    const made = paths();
    const all = Array.from({ length: 40 }, (_, i) => made.add(i + 2, i + 1, `b${i}`));
    // Thirty-two names, the pipeline's among them.
    expect(all[30]?.split("/")).toHaveLength(32);
    expect(all[31]).toBe(`${all[30]}/…/b31`);
    expect(all[39]).toBe(`${all[30]}/…/b39`);
  });

  it("costs memory and length in proportion to the depth, not to its square", () => {
    const made = paths();
    let longest = 0;
    for (let id = 2; id < 20_000; id++) longest = Math.max(longest, made.add(id, id - 1, "x".repeat(60)).length);
    expect(longest).toBeLessThan(2048);
  });
});

it("a path that is too long shows as much of what is above as fits", () => {
  const made = paths("p".repeat(500));
  const inside = made.add(2, 1, "b".repeat(500));
  expect(inside).toHaveLength(1001);
  expect(made.add(3, 2, "c".repeat(23))).toHaveLength(1025 + 2);
  expect(made.add(3, 2, "c".repeat(22))).toBe(`${inside}/${"c".repeat(22)}`);
  expect(made.add(4, 2, "d".repeat(200))).toBe(`${inside}/…/${"d".repeat(200)}`);
});
