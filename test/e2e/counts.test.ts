// Are buffers counted exactly, and is time given to the element that spent it?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { element, meanNs, profiled, scratch } from "../helpers/pipelines.js";

describe("counts and exclusive times", () => {
  let place: ReturnType<typeof scratch>;
  beforeEach(() => {
    place = scratch();
  });
  afterEach(() => place.dispose());

  it("counts exactly 10 000 buffers at every element", async () => {
    const { summary } = await profiled("fakesrc num-buffers=10000 ! identity ! fakesink", `${place.dir}/c`);
    expect(element(summary, "identity0").buffersIn).toBe(10000);
    expect(element(summary, "fakesink0").buffersIn).toBe(10000);
    expect(element(summary, "fakesrc0").buffersOut).toBe(10000);
    expect(element(summary, "identity0").buffersOut).toBe(10000);
    expect(element(summary, "identity0").inclusive?.count).toBe(10000);
    expect(element(summary, "identity0").exclusive?.count).toBe(10000);
    expect(element(summary, "identity0").flow).toEqual({ ok: 10000 });
    expect(summary.complete).toBe(true);
  });

  it("counts bytes as they arrive", async () => {
    const { summary } = await profiled(
      "fakesrc num-buffers=1000 sizetype=fixed sizemax=777 ! fakesink",
      `${place.dir}/c`,
    );
    expect(element(summary, "fakesink0").bytesIn).toBe(777_000);
    expect(element(summary, "fakesrc0").bytesOut).toBe(777_000);
  });

  const slow = "t. ! identity name=slow sleep-time=10000 ! fakesink name=a sync=false async=false";
  const quick = "t. ! fakesink name=b sync=false async=false";
  it.each([
    ["first", `${slow} ${quick}`],
    ["last", `${quick} ${slow}`],
  ])("keeps the time of a 10 ms branch out of the tee, branch %s", async (_, branches) => {
    const { summary } = await profiled(`fakesrc num-buffers=150 ! tee name=t ${branches}`, `${place.dir}/c`);
    expect(element(summary, "t").exclusive?.p50Ns).toBeLessThanOrEqual(50_000);
    expect(meanNs(element(summary, "t").inclusive)).toBeGreaterThanOrEqual(10_000_000);
    expect(meanNs(element(summary, "slow").exclusive)).toBeGreaterThanOrEqual(10_000_000);
    expect(element(summary, "a").buffersIn).toBe(150);
    expect(element(summary, "b").buffersIn).toBe(150);
    expect(element(summary, "t").buffersOut).toBe(300);
  });

  it("gives an identity in three nested bins one series, the exact count and the time of a flat one", async () => {
    // All in one thread, so that the noise of the machine falls on all, and one flat one on each side, since the place in a
    // chain makes a difference, and none that the source feeds, where what was sent is noted for latencies. Each pushes to a
    // neighbour of its own: pushing through ghost pads is GStreamer's own work.
    const pair = (name: string) => `identity name=${name} silent=true ! identity silent=true`;
    const pipeline = `fakesrc num-buffers=200000 silent=true ! ${pair("first")} ! ${pair("before")} ! bin.( bin.( bin.( ${pair("deep")} ) ) ) ! ${pair("after")} ! fakesink`;
    // A busy machine can only push them apart: caches are colder at the beginning of the chain, by no even steps. 20 ns on a
    // machine whose flat identity takes 200; a slower one is slower in this as well.
    let apart = Number.POSITIVE_INFINITY;
    let bound = 20;
    for (let tries = 0; apart > bound && tries < 10; tries++) {
      const { summary } = await profiled(pipeline, `${place.dir}/c${tries}`, ["--sample-rate", "0"]);
      const deep = element(summary, "deep");
      const flat = [element(summary, "before"), element(summary, "after")];
      expect([deep, ...flat].map((e) => e.buffersIn)).toEqual([200000, 200000, 200000]);
      expect(summary.pipelines.flatMap((p) => p.elements).filter((e) => e.name === "deep")).toHaveLength(1);
      expect(deep.path).toMatch(/^pipeline0\/bin\d\/bin\d\/bin\d\/deep$/);
      const p50 = (e: typeof deep) => e.exclusive?.p50Ns ?? Number.NaN;
      const flatNs = flat.reduce((sum, e) => sum + p50(e) / 2, 0);
      apart = Math.min(apart, Math.abs(p50(deep) - flatNs));
      bound = Math.max(20, 0.1 * flatNs);
    }
    expect(apart).toBeLessThanOrEqual(bound);
  });

  it("shows a sleeping identity as wall time and not as CPU", async () => {
    const { summary } = await profiled(
      "fakesrc num-buffers=200 ! identity sleep-time=5000 ! fakesink",
      `${place.dir}/c`,
    );
    const sleeper = element(summary, "identity0");
    expect(meanNs(sleeper.exclusive)).toBeGreaterThanOrEqual(5_000_000);
    expect(sleeper.cpuNs).toBeLessThan(0.1 * (sleeper.exclusive?.sumNs ?? 0));
  });

  it("counts in pull mode what the source delivered", async () => {
    const { summary } = await profiled(
      `filesrc location=${process.execPath} num-buffers=50 ! identity ! fakesink`,
      `${place.dir}/c`,
    );
    expect(element(summary, "fakesink0").buffersIn).toBe(50);
  });
});
