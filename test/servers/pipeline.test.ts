// Do real servers say of a real pipeline what its capture says?
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import { publishedBoundsSeconds } from "../../src/metrics/buckets.js";
import { isHop } from "../../src/model/batch.js";
import { gridBoundsSeconds } from "../../src/model/histogram.js";
import { cli, element, pluginEnvironment, runToEnd, scratch, words } from "../helpers/pipelines.js";
import { expectSameTimes, finished, nsByName, serversIn, start } from "../helpers/served.js";
import { type Generation, type JsonPoint, missingServers, RealCollector, RealPyroscope } from "../helpers/servers.js";
import { until } from "../helpers/until.js";

const burning = (buffers: number): string =>
  `fakesrc num-buffers=${buffers} ! cpuburn name=hot ns=1000000 ! queue ! cpuburn name=mild ns=500000 ! identity ! fakesink`;

/** Buffers by duration, as the collector was told the bounds: counted from the cells of the capture. */
async function bucketsOf(dir: string, name: string, kind: "exclusive" | "inclusive"): Promise<string[]> {
  const { cells, topology } = await readCapture(dir);
  const counts = new Array<number>(publishedBoundsSeconds.length + 1).fill(0);
  for (const cell of cells.filter(isHop)) {
    const pad = topology.pads.find(({ id }) => id === cell.pad);
    if (topology.elements.find(({ id }) => id === pad?.element)?.name !== name) continue;
    for (const [i, n] of cell[kind].counts.entries()) {
      const at = publishedBoundsSeconds.findIndex(
        (bound) => (gridBoundsSeconds[i] ?? Number.POSITIVE_INFINITY) <= bound,
      );
      const bucket = at === -1 ? counts.length - 1 : at;
      counts[bucket] = (counts[bucket] ?? 0) + n;
    }
  }
  return counts.map(String);
}

const numbers = (points: JsonPoint[]) =>
  points.map(({ attributes, count, sum = 0 }) => ({ attributes, count: Number(count), sum }));

describe.skipIf(missingServers() !== "").each<Generation>(["v1", "v2"])(
  "a real pipeline, a real collector and a real Pyroscope with %s storage",
  (generation) => {
    let place: ReturnType<typeof scratch>;
    let pyroscope: RealPyroscope;
    let collector: RealCollector;
    let dir: string;
    const service = `pipeline-${process.pid}`;
    beforeEach(async () => {
      place = scratch();
      dir = `${place.dir}/capture`;
      [pyroscope, collector] = await Promise.all([RealPyroscope.start(generation), RealCollector.start()]);
    });
    afterEach(async () => {
      await Promise.all([pyroscope.stop(), collector.stop()]);
      place.dispose();
    });

    async function expectSame(buffers: number): Promise<void> {
      const summary = await finished(dir, 60_000);
      const expected = nsByName(summary.profile.cpu ?? expect.fail("no profile"));
      const { "": none = 0, ...byElement } = expected;
      const total = () => pyroscope.cpu(`{service_name="${service}"}`);
      await until("the whole profile", async () => (await total()) === summary.profile.cpu?.totalNs, 60_000);
      expect(await pyroscope.cpuBy(service, "element")).toEqual(byElement);
      const { wall } = summary.profile;
      await until(
        "the whole wall profile",
        async () => (await pyroscope.wall(`{service_name="${service}"}`)) === wall?.totalNs,
      );
      for (const [call, ns] of Object.entries(wall?.blockedOn ?? {}))
        expect([call, await pyroscope.wall(`{service_name="${service}",blocked_on="${call}"}`)]).toEqual([call, ns]);
      expect((await total()) - Object.values(byElement).reduce((a, b) => a + b, 0)).toBe(none);
      expect(byElement.hot).toBeGreaterThan(0.5e9);

      const latency = () => collector.points("gstreamer.pad.latency.ns");
      await until("the last metrics", () =>
        latency().some(({ attributes, count }) => attributes.element === "fakesink0" && count === String(buffers)),
      );
      expectSameTimes(summary, (metric) => numbers(collector.points(metric)));
      for (const name of ["hot", "mild", "identity0", "fakesink0"]) {
        const of = (points: JsonPoint[]) => points.find(({ attributes }) => attributes.element === name)?.bucketCounts;
        expect([name, of(latency())]).toEqual([name, await bucketsOf(dir, name, "inclusive")]);
        expect([name, of(collector.points("gstreamer.element.exclusive"))]).toEqual([
          name,
          await bucketsOf(dir, name, "exclusive"),
        ]);
      }
      expect(element(summary, "identity0").buffersIn).toBe(buffers);
    }

    it("agree with the capture when the tracer has an agent of its own", async () => {
      const { end } = start(
        burning(2500),
        `pyroscope(capture=${dir},tracer-name=${service})`,
        serversIn({ pyroscope, collector }),
      );
      expect((await end).code).toBe(0);
      await expectSame(2500);
    });

    it("agree with the capture under `run`, although the collector is killed and comes back", async () => {
      const command = ["gst-launch-1.0", "-q", ...words(burning(7000))];
      const env = pluginEnvironment(serversIn({ pyroscope, collector }));
      const run = runToEnd(
        process.execPath,
        [cli, "run", "--capture", dir, "--tracer-name", service, "--", ...command],
        env,
      );
      await until("first metrics", () => collector.lines().length > 0);
      await collector.end("SIGKILL");
      await collector.start();
      expect((await run).code).toBe(0);
      await expectSame(7000);
    });
  },
);
