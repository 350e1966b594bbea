// Whose is a path, and what does it lie in, whatever its names have in them?
import { describe, expect, it } from "vitest";
import {
  belowPipeline,
  elementPath,
  isDriver,
  isFactory,
  isWorker,
  pathParts,
  pipelineOf,
  withoutElement,
  withParents,
} from "../../../src/analysis/paths.js";

describe("the path of a sample", () => {
  it.each([
    ["p/enc", "p/enc"],
    ["(driver:p/src)", "p/src"],
    ["(worker:p/bin/enc)", "p/bin/enc"],
    ["(driver:p/a\nb)", "p/a\nb"],
    ["(factory:x264enc)", ""],
    ["", ""],
  ])("%j is booked on %j", (path, own) => {
    expect(elementPath(path)).toBe(own);
  });

  it("says whether the element itself, its loop, its own threads or one of its factory ran", () => {
    const kinds = (path: string) => [isDriver(path), isWorker(path), isFactory(path)];
    expect(kinds("p/enc")).toEqual([false, false, false]);
    expect(kinds("(driver:p/enc)")).toEqual([true, false, false]);
    expect(kinds("(worker:p/enc)")).toEqual([false, true, false]);
    expect(kinds("(factory:x264enc)")).toEqual([false, false, true]);
  });

  it("of an element in a pipeline that is called like a mark is the element's own", () => {
    const path = "(factory:x)/(driver:y)";
    expect([elementPath(path), isFactory(path), isDriver(path), isWorker(path)]).toEqual([path, false, false, false]);
  });
});

describe("the names along a path", () => {
  it("are parted at each slash that is none of a name", () => {
    expect(pathParts("p/bin/enc")).toEqual(["p", "bin", "enc"]);
    expect(pathParts("a\\/b/c\\/d\\/e")).toEqual(["a/b", "c/d/e"]);
    expect(pathParts("\\(driver:x/enc)")).toEqual(["(driver:x", "enc)"]);
    expect([elementPath("\\(driver:x/enc)"), elementPath("(driver:\\(driver:x/enc))")]).toEqual(
      Array(2).fill("\\(driver:x/enc)"),
    );
    expect(pathParts("p")).toEqual(["p"]);
  });

  it("below the pipeline are those of bins and the element", () => {
    expect(["p/bin/enc", "p/c\\/d", "p", ""].map(belowPipeline)).toEqual(["bin/enc", "c/d", "", ""]);
  });

  it("begin with the pipeline as its path stands in the topology", () => {
    expect([pipelineOf("a\\/b#2/c"), pipelineOf("p"), pipelineOf("")]).toEqual(["a\\/b#2", "p", ""]);
  });

  it("of a pad without an element are its own, and one", () => {
    expect(pathParts(withoutElement("loose/sink"))).toEqual(["(no element)", "loose/sink"]);
  });
});

describe("what a path lies in", () => {
  it("is the path itself and every bin and pipeline above it, once each", () => {
    expect(withParents("p/bin/enc").sort()).toEqual(["p", "p/bin", "p/bin/enc"]);
    expect(withParents("p")).toEqual(["p"]);
    expect(withParents("a\\/b/c")).toEqual(["a\\/b/c", "a\\/b"]);
  });

  it("is bounded, however many slashes somebody wrote", () => {
    const deep = "x/".repeat(64_000);
    const all = withParents(deep);
    expect(all.length).toBeLessThan(100);
    expect(all[0]).toBe(deep);
    expect(all[1]).toBe("x");
  });
});
