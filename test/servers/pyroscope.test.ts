// Does a real Pyroscope, of both storage generations, give back what we sent?
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../src/log.js";
import type { FrameName } from "../../src/model/symbol.js";
import { type PyroscopeOptions, PyroscopeOutput } from "../../src/output/pyroscope/profiles.js";
import { encodeProfiles } from "../../src/profile/pprof.js";
import { alike, byElement, encode, windowOf } from "../helpers/folding.js";
import { nowNs, profileOf } from "../helpers/profiles.js";
import { pushCases, tryPush } from "../helpers/push-cases.js";
import { type Generation, missingServers, RealPyroscope } from "../helpers/servers.js";
import { until } from "../helpers/until.js";

let names = 0;
const newService = () => `svc-${process.pid}-${++names}`;
const outputs: PyroscopeOutput[] = [];
afterEach(async () => {
  for (const output of outputs.splice(0)) await output.close(10);
});

function outputTo(server: string, serviceName: string, change: Partial<PyroscopeOptions> = {}) {
  const acknowledged: Record<string, number> = {};
  const output = new PyroscopeOutput({
    server,
    serviceName,
    log: silentLog,
    acknowledged: (samples, why) => {
      acknowledged[why ?? "delivered"] = (acknowledged[why ?? "delivered"] ?? 0) + samples;
    },
    backoff: { firstMs: 100, maxMs: 500 },
    ...change,
  });
  outputs.push(output);
  return { output, acknowledged };
}

describe.skipIf(missingServers() !== "").each<Generation>(["v1", "v2"])(
  "a real Pyroscope with %s storage",
  (generation) => {
    let server: RealPyroscope;
    beforeAll(async () => {
      server = await RealPyroscope.start(generation);
    });
    afterAll(() => server.stop());

    it("gives back the sum of every element, function and thread, under the type of CPU profiles", async () => {
      const service = newService();
      const { output, acknowledged } = outputTo(server.url, service, { tags: [["site", "lab-1"]] });
      const sent = { x264enc0: 3_330_000_000, 'we/ird"{ü}, =': 1_110_000_000, identity0: 10_000_000 };
      output.send(profileOf(sent, { stacks: 10 }));
      expect(await output.close(20_000)).toBe(true);
      expect(acknowledged).toEqual({ delivered: 30 });
      const found = await until("all elements", async () => {
        const sums = await server.cpuBy(service, "element");
        return Object.keys(sums).length === 3 ? sums : null;
      });
      expect(found).toEqual(sent);
      expect(await server.cpuBy(service, "site")).toEqual({ "lab-1": 4_450_000_000 });
      expect(await server.cpuBy(service, "thread")).toEqual({ "src0:src": 4_450_000_000 });
      const { self } = await server.flameGraph(`{service_name="${service}"}`);
      expect(Object.keys(self).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `f2_${i}`));
      expect(self.f2_4).toBe(445_000_000);
      const { profileTypes } = await server.query("ProfileTypes", {});
      const ids = (profileTypes as { ID: string }[]).map(({ ID }) => ID);
      expect(ids).toContain("process_cpu:cpu:nanoseconds:cpu:nanoseconds");
      expect(ids.filter((id) => !id.startsWith("process_cpu:cpu:"))).toEqual([]);
    });

    it("loses nothing of a window that had to be split", async () => {
      const service = newService();
      const rows = Array.from({ length: 20_000 }, (_, i) => ({
        element: i % 3,
        weightNs: 1000 + i,
        frames: Array.from({ length: 12 }, (_, depth) => [2, (i * 31 + depth * 977) % 9973] as const),
      }));
      const done = windowOf(rows, byElement, { bytes: 1e9, labelSets: 100 });
      const parts = encodeProfiles(done, {
        encode,
        kind: "cpu",
        wait: String,
        timeNanos: nowNs(),
        durationNs: 10e9,
        sampleRate: 100,
        limits: { bytes: 256 * 1024, samples: 4000 },
        labels: (set) => [["element", `e${set}`]],
        name: (_, offset) => ({ name: `f${offset}`, named: true }),
        module: () => ({ path: "/usr/lib/libx.so", buildId: "", size: 0 }),
      });
      expect(parts.length).toBeGreaterThan(4); // more than elements: a series has parts in several profiles
      const { output, acknowledged } = outputTo(server.url, service);
      for (const part of parts) output.send(part);
      expect(await output.close(60_000)).toBe(true);
      expect(acknowledged).toEqual({ delivered: rows.length });
      const expected: Record<string, number> = {};
      for (const { element, weightNs } of rows) expected[`e${element}`] = (expected[`e${element}`] ?? 0) + weightNs;
      await until("the whole sum", async () => (await server.cpu(`{service_name="${service}"}`)) === done.totalNs);
      expect(await server.cpuBy(service, "element")).toEqual(expected);
    });

    it("shows a function that is named after its class or its role by that name, as one with a symbol", async () => {
      const service = newService();
      const stack = [1, 2, 3].map((offset) => [2, offset] as [number, number]);
      const samples = [7e6, 2e6, 1e6].map((weightNs, i) => ({ frames: stack.slice(i), weightNs }));
      const names: FrameName[] = [
        { name: "GstX264Enc::handle_frame", named: false, origin: "type", raw: "libgstx264.so+fn@0x1" },
        { name: "gst_pad_push", named: true },
        { name: "[runs a task]", named: false, origin: "role", raw: "libgstreamer-1.0.so.0+fn@0x3" },
      ];
      const [part] = encodeProfiles(windowOf(samples, alike()), {
        ...{ encode, kind: "cpu", wait: String, timeNanos: nowNs(), durationNs: 10e9, sampleRate: 100 },
        labels: () => [["element", "e"]],
        name: (_, offset) => names[offset - 1] ?? { name: "?", named: false },
        module: () => ({ path: "/usr/lib/libx.so", buildId: "ab12", size: 4096 }),
      });
      const { output } = outputTo(server.url, service);
      if (part !== undefined) output.send(part);
      expect(await output.close(20_000)).toBe(true);
      const query = `{service_name="${service}"}`;
      await until("all of it", async () => (await server.cpu(query)) === 10e6);
      const { self } = await server.flameGraph(query);
      expect(self).toEqual({ "GstX264Enc::handle_frame": 7e6, gst_pad_push: 2e6, "[runs a task]": 1e6 });
    });

    it("adds up the windows of a service", async () => {
      const service = newService();
      const { output } = outputTo(server.url, service);
      for (let i = 0n; i < 6n; i++)
        output.send(profileOf({ a: 1e9, b: 5e8 }, { timeNanos: nowNs() - i * 10_000_000_000n }));
      await output.close(20_000);
      await until("six", async () => (await server.cpu(`{service_name="${service}"}`)) === 9e9);
      expect(await server.cpuBy(service, "element")).toEqual({ a: 6e9, b: 3e9 });
    });

    it.each(pushCases)("answers $status to $what, as the fake does", async (one) => {
      const { status, text } = await tryPush(server.url, one, newService());
      expect([status, text.slice(0, 200)]).toEqual([one.status, expect.anything()]);
    });

    it("gets what waited for it while it was down, and has what it had acknowledged before", async () => {
      const service = newService();
      const { output, acknowledged } = outputTo(server.url, service);
      for (let i = 0n; i < 3n; i++) output.send(profileOf({ e: 1e9 }));
      await until("the first three", () => acknowledged.delivered === 3);
      // Only the newer storage keeps acknowledged data over a crash; the older one has it in memory.
      await server.end(generation === "v2" ? "SIGKILL" : "SIGTERM");
      for (let i = 0n; i < 3n; i++) output.send(profileOf({ e: 1e9 }));
      await until("a failed try", () => output.stats().queueBytes > 0);
      await server.start();
      await until("the rest", () => acknowledged.delivered === 6, 60_000);
      await until("all of it", async () => (await server.cpu(`{service_name="${service}"}`)) === 6e9, 30_000);
      expect(acknowledged).toEqual({ delivered: 6 });
    });
  },
);

describe.skipIf(missingServers() !== "")("a real Pyroscope with limits", () => {
  let server: RealPyroscope;
  beforeAll(async () => {
    const rate = ["-distributor.ingestion-rate-limit-mb=0.01", "-distributor.ingestion-burst-size-mb=0.01"];
    server = await RealPyroscope.start("v1", [...rate, "-auth.multitenancy-enabled=true"]);
  });
  afterAll(() => server.stop());

  it("gets everything in the end although it asks to send less", async () => {
    const { output, acknowledged } = outputTo(server.url, newService(), {
      credentials: { tenant: "team-a" },
      backoff: { firstMs: 500, maxMs: 4000 },
    });
    for (let i = 0n; i < 8n; i++) output.send(profileOf({ e: 1e9 }, { stacks: 60 }));
    await until("all delivered", () => acknowledged.delivered === 480, 60_000);
    expect(acknowledged).toEqual({ delivered: 480 });
  });

  it("refuses those who do not say who they are, and nobody asks it twice", async () => {
    const { output, acknowledged } = outputTo(server.url, newService());
    output.send(profileOf({ e: 1e9 }));
    await until("refused", () => acknowledged.ERR_UPLOAD_DENIED === 1);
  });
});
