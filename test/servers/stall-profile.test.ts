// Does the link of a viewer's stall lead to a profile in a real Pyroscope: not empty, of that time alone, and with the burning function of the named element on top?
// SPDX-License-Identifier: MPL-2.0
import type { StallView } from "@gst-pyroscope/contract/window";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stacksIn } from "../../packages/serve/src/stalls/pyroscope.js";
import {
  BURNS,
  type Burning,
  burningPipeline,
  cpuMsOf,
  flamesAt,
  hottest,
  stallOf,
  sumMs,
} from "../../packages/serve/test/helpers/burning.js";
import { removeFolder, type Started, start } from "../../packages/serve/test/helpers/service.js";
import { type Generation, missingServers, RealPyroscope } from "../helpers/servers.js";
import { until } from "../helpers/until.js";

/** The agent's default is ten seconds. */
const UPLOAD_MS = 2000;
/** Before it burns: of a machine that has other work, the samples of less may not be enough. */
const HEALTHY_MS = 6000;
const iso = (ms: number): string => new Date(ms).toISOString();

describe.skipIf(missingServers() !== "").each<Generation>(["v1", "v2"])(
  "a real pipeline, a session service and a real Pyroscope with %s storage",
  (generation) => {
    let pyroscope: RealPyroscope;
    let service: Started;
    let pipeline: Burning;
    let view: StallView;
    beforeAll(async () => {
      pyroscope = await RealPyroscope.start(generation);
      const grafana =
        generation === "v1" ? [] : ["--grafana-url", "http://grafana.example/", "--grafana-datasource", "uid"];
      service = await start({ args: ["--lab", "--pyroscope-url", pyroscope.url, ...grafana] });
      pipeline = await burningPipeline(service, {
        GST_TRACERS: 'pyroscope(otlp-endpoint=none,tags="stream=demo")',
        GST_PYROSCOPE_SERVER_URL: pyroscope.url,
        GST_PYROSCOPE_UPLOAD_INTERVAL: `${UPLOAD_MS}ms`,
      });
      view = await stallOf(service, "viewer");
    });
    afterAll(async () => {
      await pipeline?.stop();
      await service?.stop();
      await pyroscope?.stop();
      if (service !== undefined) removeFolder(service.dataDir);
    });

    const profile = () => view.profile ?? expect.fail("no profile");

    /** Of Pyroscope, once the profiles of that time have arrived. */
    const flames = async (address: string) => {
      let last: unknown;
      const found = until("a profile of Pyroscope", async () => {
        const graph = await flamesAt(service, address);
        last = { address, source: graph.source, stacks: graph.stacks.length };
        return graph.source === "pyroscope" && graph.stacks.length > 0 ? graph : null;
      });
      return found.catch((error: Error) => expect.fail(`${error.message}: ${JSON.stringify(last)}`));
    };

    it("the service's flame graph shows the burning function on top of the element's time", async () => {
      expect(view).toMatchObject({ verdict: "element", element: { factory: "identity" } });
      const cpuMs = await cpuMsOf(service, view);
      expect(cpuMs).toBeGreaterThan(0);
      const found = await until("what the windows tell", async () => {
        const { stacks } = await flames(profile().flamegraph);
        // The rest may not be uploaded yet.
        return sumMs(stacks) > 0.6 * cpuMs ? stacks : null;
      });
      const [first] = hottest(found);
      expect(first?.name).toMatch(BURNS);
      expect((first?.ms ?? 0) / sumMs(found)).toBeGreaterThan(0.5);
    });

    it("which is not the time before: there nothing burned", async () => {
      const address = new URL(profile().flamegraph, service.url);
      const until = pipeline.burnsSinceMs - 2 * UPLOAD_MS;
      address.searchParams.set("from", iso(until - HEALTHY_MS));
      address.searchParams.set("until", iso(until));
      address.searchParams.delete("element");
      const before = await flames(address.pathname + address.search);
      expect(before.stacks.flatMap(({ frames }) => frames).filter((name) => name === "burn")).toEqual([]);
      expect(hottest(before.stacks)[0]?.name).not.toMatch(BURNS);
    });

    it("the link asks Pyroscope for the same, and is answered with the same function on top", async () => {
      const { found, fromMs, untilMs } = await linked(profile().url ?? "", pyroscope);
      expect(found.length).toBeGreaterThan(0);
      expect(hottest(found)[0]?.name).toMatch(BURNS);
      const { interval } = view;
      expect([fromMs, untilMs]).toEqual([Date.parse(interval.from) - 10_000, Date.parse(interval.until)]);
      // One thread, in this time and in the profile that begins with its end.
      expect(sumMs(found)).toBeLessThan(untilMs - fromMs + 2 * UPLOAD_MS);
    });
  },
);

/** What the page behind the link would ask Pyroscope for. */
async function linked(link: string, pyroscope: RealPyroscope) {
  const { searchParams, pathname } = new URL(link);
  if (pathname !== "/explore") {
    const answer = await fetch(`${pyroscope.url}/pyroscope/render?${searchParams}&format=json`);
    const [fromMs, untilMs] = [Number(searchParams.get("from")), Number(searchParams.get("until"))];
    return { found: stacksIn(await answer.json()), fromMs, untilMs };
  }
  const [pane] = Object.values(JSON.parse(searchParams.get("panes") ?? "")) as [
    { queries: { labelSelector: string; profileTypeId: string }[]; range: { from: string; to: string } },
  ];
  const [fromMs, untilMs] = [Number(pane.range.from), Number(pane.range.to)];
  const [query] = pane.queries;
  const { self } = await pyroscope.flameGraph(query?.labelSelector ?? "", query?.profileTypeId, {
    start: fromMs,
    end: untilMs,
  });
  return { found: Object.entries(self).map(([name, ns]) => ({ frames: [name], ms: ns / 1e6 })), fromMs, untilMs };
}
