// Are filtered hops left out, and all others as exact as before?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lateNs } from "../helpers/busy-machine.js";
import { element, meanNs, pluginEnvironment, profiled, runToEnd, scratch, words } from "../helpers/pipelines.js";
import { finished } from "../helpers/served.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

const ms = 1e6;
const pipeline =
  "fakesrc name=src num-buffers=300 ! identity name=a sleep-time=2000 ! identity name=b sleep-time=3000 ! queue name=q max-size-buffers=3 ! identity name=c sleep-time=1000 ! fakesink name=s";

const run = async (...flags: string[]) => (await profiled(pipeline, `${place.dir}/c`, flags)).summary;
const nothing = { buffersIn: 0, exclusive: null, inclusive: null };
const measured = (n: number) => ({ buffersIn: n, exclusive: { count: n }, inclusive: { count: n } });

describe("exclude-filter", () => {
  it("takes a hop out, whose time is still not its caller's", async () => {
    const summary = await run("--exclude-filter", "^b:sink$");
    expect(element(summary, "b")).toMatchObject(nothing);
    for (const name of ["a", "q", "c", "s"]) expect(element(summary, name)).toMatchObject(measured(300));
    // The thread sleeps 2 ms in a and 3 ms in b, which a calls. A timer may be a little late, never early.
    expect(meanNs(element(summary, "a").exclusive)).toBeGreaterThanOrEqual(2 * ms);
    expect(element(summary, "a").exclusive?.sumNs).toBeLessThan(300 * 2.9 * ms + lateNs(summary));
    expect(meanNs(element(summary, "a").inclusive)).toBeGreaterThanOrEqual(5 * ms);
    expect(element(summary, "src").driver?.count).toBe(299);
    expect(summary.losses).toMatchObject({ cells_full: 0, side_cells_full: 0, frame_imbalance: 0 });
  });

  it("takes a queue out with all that is known of it, and a source", async () => {
    const summary = await run("--exclude-filter", "^(q:|src:)");
    expect(element(summary, "q")).toMatchObject({ ...nothing, queueWait: null, driver: null, drops: 0 });
    expect(element(summary, "src")).toMatchObject({ driver: null });
    for (const name of ["a", "b", "c", "s"]) expect(element(summary, name)).toMatchObject(measured(300));
    expect(meanNs(element(summary, "b").exclusive)).toBeGreaterThanOrEqual(3 * ms);
    expect(element(summary, "b").exclusive?.sumNs).toBeLessThan(300 * 3.9 * ms + lateNs(summary));
  });
});

describe("include-filter", () => {
  it("measures nothing but what it matches, and exclude-filter wins", async () => {
    const summary = await run("--include-filter", "^[ab]:|^s:sink", "--exclude-filter", "^b");
    for (const name of ["b", "q", "c"]) expect(element(summary, name)).toMatchObject(nothing);
    for (const name of ["a", "s"]) expect(element(summary, name)).toMatchObject(measured(300));
    expect(element(summary, "a").exclusive?.sumNs).toBeLessThan(300 * 2.9 * ms + lateNs(summary));
    expect(element(summary, "s").exclusive?.sumNs).toBeLessThan(300 * 0.5 * ms + lateNs(summary));
  });
});

describe("the samples", () => {
  it("keep the label of an element whose hop is left out", async () => {
    const burner = "fakesrc num-buffers=1500 ! cpuburn name=hot ns=1000000 ! fakesink name=s";
    const { summary } = await profiled(burner, `${place.dir}/c`, ["--exclude-filter", "hot"]);
    expect(element(summary, "hot")).toMatchObject(nothing);
    expect(element(summary, "hot").cpuNs / (summary.profile.cpu?.totalNs ?? 0)).toBeGreaterThan(0.9);
    expect(element(summary, "s").buffersIn).toBe(1500);
  });
});

describe("an expression that is none", () => {
  const broken = async (tracers: string, variables: Record<string, string>) => {
    const env = pluginEnvironment({
      GST_TRACERS: tracers,
      GST_DEBUG_NO_COLOR: "1",
      GST_PYROSCOPE_CAPTURE: `${place.dir}/c`,
      ...variables,
    });
    const { code, stderr } = await runToEnd("gst-launch-1.0", ["-q", ...words(pipeline)], env);
    const summary = await finished(`${place.dir}/c`);
    return { code, stderr, summary };
  };

  it.each([
    ["a parameter", "include-filter", 'pyroscope(include-filter="(a",server-url=none,otlp-endpoint=none)', {}],
    [
      "a variable",
      "GST_PYROSCOPE_EXCLUDE_FILTER",
      "pyroscope(server-url=none,otlp-endpoint=none)",
      { GST_PYROSCOPE_EXCLUDE_FILTER: "b[" },
    ],
  ])("in %s is named and selects nothing", async (_, named, tracers, variables) => {
    const { code, stderr, summary } = await broken(tracers, variables as Record<string, string>);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      new RegExp(`WARN +pyroscope .*${named} is no regular expression \\(.+\\): it selects nothing`),
    );
    for (const name of ["a", "b", "q", "c", "s"]) expect(element(summary, name)).toMatchObject(measured(300));
  });

  it.each(["prom-latency", "prometheus-latency-tracer"])("a good one is obeyed by %s as well", async (factory) => {
    const { code, stderr, summary } = await broken(`${factory}(exclude-filter="^b:")`, {});
    expect([code, stderr]).toEqual([0, ""]);
    expect(element(summary, "b")).toMatchObject(nothing);
    expect(element(summary, "a")).toMatchObject(measured(300));
  });
});
