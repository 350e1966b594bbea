// What is said of two recordings: what changed, what did not, and what nobody can tell?
import { describe, expect, it } from "vitest";
import { type Change, type Comparison, compare } from "../../../src/compare/comparison.js";
import type { Side } from "../../../src/compare/sides.js";
import { sideOf, usualCpu } from "../../helpers/compared-sides.js";

const find = ({ changes }: Comparison, figure: string, path: string): Change => {
  const found = changes.find((change) => change.figure === figure && change.path === path);
  if (found === undefined) throw new Error(`no ${figure} of ${path}`);
  return found;
};
const slower = { ...usualCpu, h264: usualCpu.h264 * 1.2 };

describe("20 % more CPU time in one element", () => {
  const comparison = compare(sideOf("a"), sideOf("b", { cpuNs: slower, seed: 2 }));

  it("is called, with a range around it, and nothing else is", () => {
    const h264 = find(comparison, "cpu.perBuffer", "p/h264");
    expect(h264).toMatchObject({ verdict: "more" });
    expect(h264.change).toBeGreaterThan(0.12);
    expect(h264.change).toBeLessThan(0.28);
    expect(h264.low).toBeGreaterThan(0);
    expect(h264.high).toBeGreaterThan(h264.change);
    expect(find(comparison, "cpu.perBuffer", "p/conv").verdict).toBe("same");
    expect(comparison).toMatchObject({ problem: null, units: { kind: "blocks" }, load: { differs: false } });
  });

  it("with arguments swapped is as much less, with the same chance", () => {
    const swapped = compare(sideOf("b", { cpuNs: slower, seed: 2 }), sideOf("a"));
    for (const one of comparison.changes) {
      const other = find(swapped, one.figure, one.path);
      expect(other.p).toBe(one.p);
      expect([one.before, one.after]).toEqual([other.after, other.before]);
      expect(Math.log1p(other.change)).toBeCloseTo(-Math.log1p(one.change), 9);
      if (one.verdict !== "same") expect(other.verdict).toBe(one.verdict === "more" ? "less" : "more");
    }
  });
});

it("elements of a pipeline whose name begins with a bracket are compared; pads without an element are not", () => {
  const called = (pipeline: string, dir: string, cpuNs = usualCpu): Side => {
    const side = sideOf(dir, { cpuNs, seed: dir.length });
    const renamed = <T extends { path: string }>(row: T): T => ({
      ...row,
      path: row.path.replace(/^p\//, `${pipeline}/`),
    });
    return {
      ...side,
      runs: side.runs.map((run) => ({
        ...run,
        windows: run.windows.map((one) => ({ ...one, elements: one.elements.map(renamed), latency: [] })),
      })),
    };
  };
  for (const pipeline of ["(driver:x", "(other)", "(a) b"]) {
    const found = compare(called(pipeline, "a"), called(pipeline, "bb", slower));
    expect(find(found, "cpu.perBuffer", `${pipeline}/h264`).verdict).toBe("more");
  }
  expect(compare(called("(no element)", "a"), called("(no element)", "b")).problem).toMatch(/^no element has the same/);
});

it("a recording compared with itself has no change at all", () => {
  const { changes } = compare(sideOf("a"), sideOf("a"));
  expect(changes.length).toBeGreaterThan(5);
  expect(changes.every(({ change, verdict, p }) => change === 0 && verdict === "same" && p === 1)).toBe(true);
});

it("runs are compared as runs, and one that is unlike the others takes the certainty away", () => {
  const runs = (factors: number[], seed: number) =>
    factors.map((factor, i) => ({ seconds: 10, seed: seed + i, cpuNs: { ...usualCpu, h264: usualCpu.h264 * factor } }));
  const steady = compare(sideOf("a", ...runs([1, 1, 1, 1, 1], 1)), sideOf("b", ...runs([1.2, 1.2, 1.2, 1.2, 1.2], 20)));
  expect(steady.units).toEqual({ kind: "runs", a: 5, b: 5 });
  expect(find(steady, "cpu.perBuffer", "p/h264").verdict).toBe("more");
  const unlike = compare(
    sideOf("a", ...runs([1, 1, 1.4, 1, 1], 1)),
    sideOf("b", ...runs([1.2, 0.9, 1.2, 1.6, 1.2], 20)),
  );
  expect(find(unlike, "cpu.perBuffer", "p/h264").verdict).toBe("same");
});

describe("another load", () => {
  const comparison = compare(sideOf("a", { ready: 0.05 }), sideOf("b", { ready: 0.3, cpuNs: slower, seed: 2 }));

  it("makes elapsed times, latencies and throughput not comparable, and CPU time less sure", () => {
    expect(comparison.load).toMatchObject({ differs: true });
    for (const [figure, path] of [
      ["elapsed.p50", "p/h264"],
      ["elapsed.p99", "p/h264"],
      ["throughput", "p/out"],
      ["latency.p50", "p/out"],
    ] as const)
      expect(find(comparison, figure, path)).toMatchObject({ verdict: "not comparable", p: 1 });
    const same = compare(sideOf("a"), sideOf("b", { cpuNs: slower, seed: 2 }));
    const [sure, less] = [same, comparison].map((one) => find(one, "cpu.perBuffer", "p/h264")) as [Change, Change];
    expect(less.high - less.low).toBeGreaterThan(sure.high - sure.low);
  });

  it("so much of it that a machine only changes between tasks leaves nothing to compare", () => {
    const overloaded = compare(sideOf("a"), sideOf("b", { ready: 0.95 }));
    expect(overloaded.problem).toMatch(
      /^the machine was overloaded while b was recorded: .* 95 % of that time; record it again/,
    );
    expect(overloaded.changes).toEqual([]);
  });
});

it("an element that has another name is compared where it is mapped, and else named as the one that it is", () => {
  const { h264, ...rest } = usualCpu;
  const renamed = sideOf("b", { cpuNs: { ...rest, encoder: h264 * 1.2 }, seed: 2 });
  const apart = compare(sideOf("a"), renamed);
  expect([apart.onlyA, apart.onlyB]).toEqual([["p/h264"], ["p/encoder"]]);
  const mapped = compare(sideOf("a"), renamed, ["h264=encoder"]);
  expect(find(mapped, "cpu.perBuffer", "p/encoder").verdict).toBe("more");
  expect([mapped.onlyA, mapped.onlyB]).toEqual([[], []]);
});

it("recordings without an element in common are not comparable, and a sentence says what to do", () => {
  const { problem } = compare(sideOf("a"), sideOf("b", { cpuNs: { x: 1e6, y: 1e6 } }));
  expect(problem).toBe("no element has the same path in both: map them with --map old=new");
});

it("a longer time of all calls is called, too", () => {
  const comparison = compare(sideOf("a"), sideOf("b", { bucket: 160, seed: 2 }));
  expect(find(comparison, "elapsed.p50", "p/h264").verdict).toBe("more");
  expect(find(comparison, "elapsed.p50", "p/h264").change).toBeCloseTo(2 ** (10 / 8) - 1, 1);
});
