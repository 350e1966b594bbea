// Which servers get the profiles of a target, with whose credentials, and what do the metrics say of what became of them?
import { describe, expect, it } from "vitest";
import { Losses } from "../../../../src/agent/session/losses.js";
import type { Encoding, SamplePath, WindowSlice } from "../../../../src/agent/session/sample-path.js";
import type { SinksRequest } from "../../../../src/agent/session/sink.js";
import { openServers } from "../../../../src/agent/session/sinks.js";
import { resolveConfig } from "../../../../src/config/config.js";
import type { Layers } from "../../../../src/config/configuration.js";
import { createLog } from "../../../../src/log.js";
import { Topology } from "../../../../src/model/topology.js";
import type { EncodedProfile } from "../../../../src/profile/pprof.js";
import { stateOf } from "../../../helpers/cells.js";
import { nowNs } from "../../../helpers/profiles.js";
import { deadUrl, fakeServer } from "../../../helpers/pyroscope-output.js";
import { samplePprof } from "../../../helpers/sample-pprof.js";

const timeNanos = nowNs();
const bytes = samplePprof([{ stack: ["app!main"], ns: 10_000_000, labels: { element: "e" } }], timeNanos);
const made = (kind: "cpu" | "wall", uniqueSamples: number) =>
  ({ kind, bytes, timeNanos, samples: 100, uniqueSamples }) as EncodedProfile;
const slice = {} as WindowSlice;

function request(flags: Layers["flags"], environment = {}, capture: object | null = null) {
  const { config } = resolveConfig({ flags: { "otlp-endpoint": "none", ...flags }, environment });
  const asked: Encoding[] = [];
  const losses = new Losses();
  const acknowledged: number[] = [];
  const path = {
    encode: (_, how) => {
      asked.push(how);
      return [made("cpu", 7), made("wall", 5)];
    },
    figures: {
      threads: { running: 3 },
      overflowed: { element: 2 },
      workers: { attributed: 0, byFactory: 0, unattributed: 0 },
    },
  } as Partial<SamplePath> as SamplePath;
  const request = { version: "0", services: { channels: new Map() } };
  const parts = {
    config,
    capture,
    servers: [],
    log: createLog("silent"),
    request,
    topology: new Topology(),
    first: { state: stateOf() },
  };
  const observe = () => ({ cells: [], ended: [], state: stateOf() });
  const acknowledge = (samples: number) => void acknowledged.push(samples);
  const all = { parts, path, losses, observe, seen: observe, acknowledge } as unknown as SinksRequest;
  return { all, asked, losses, acknowledged };
}

describe("the destinations of a target", () => {
  it("are none where nobody named one", async () => {
    const { all } = request({ "server-url": "none" });
    expect(await openServers(all)).toMatchObject({ sinks: [], takesProfiles: false });
  });

  it("are the server of profiles first and then that of metrics, so that the last metrics know the last profile", async () => {
    const both = request({ "server-url": await deadUrl(), "otlp-endpoint": await deadUrl() });
    const { sinks, takesProfiles } = await openServers(both.all);
    expect(sinks.map(({ send, gone }) => [send !== undefined, gone !== undefined])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(takesProfiles).toBe(true);
    for (const sink of sinks) await sink.close(0);
    const metrics = request({ "server-url": "none", "otlp-endpoint": await deadUrl() });
    const alone = await openServers(metrics.all);
    expect([alone.sinks.length, alone.takesProfiles]).toEqual([1, false]);
    for (const sink of alone.sinks) await sink.close(0);
  });

  it("are refused before anything is sent where an address is none", async () => {
    const { all } = request({});
    const config = { ...all.parts.config, serverUrl: "no address" };
    const opened = openServers({ ...all, parts: { ...all.parts, config } });
    await expect(opened).rejects.toMatchObject({ code: "ERR_SERVER_URL" });
  });
});

describe("a window", () => {
  it("goes to the server as two profiles of their own types, and each sample is settled once", async () => {
    const server = await fakeServer();
    const { all, asked, acknowledged } = request({ "server-url": server.url });
    const { sinks } = await openServers(all);
    await sinks[0]?.send?.(slice);
    await sinks[0]?.flush(30_000);
    expect(asked).toEqual([{ paths: false, leaveUnnamed: false }]);
    expect(server.stored.map(({ type }) => type.split(":")[0]).sort()).toEqual(["process_cpu", "wall"]);
    expect(acknowledged.sort()).toEqual([5, 7]);
    await sinks[0]?.close(1000);
  });

  it("goes with addresses where the server names them", async () => {
    const { all, asked } = request({ "server-url": await deadUrl(), symbols: "server" });
    const { sinks } = await openServers(all);
    await sinks[0]?.send?.(slice);
    expect(asked).toEqual([{ paths: false, leaveUnnamed: true }]);
    await sinks[0]?.close(0);
  });

  it("is not the server's to acknowledge where a capture has it", async () => {
    const server = await fakeServer();
    const { all, acknowledged } = request({ "server-url": server.url }, {}, {});
    const { sinks } = await openServers(all);
    await sinks[0]?.send?.(slice);
    await sinks[0]?.flush(30_000);
    expect([server.stored.length, acknowledged]).toEqual([2, []]);
    await sinks[0]?.close(1000);
  });

  it("that the server did not get in time is a loss, and acknowledged: the target need not keep it", async () => {
    const server = await fakeServer();
    server.mode = { answer: "hang" };
    const { all, losses, acknowledged } = request({ "server-url": server.url });
    const { sinks, self } = await openServers(all);
    await sinks[0]?.send?.(slice);
    await sinks[0]?.close(100);
    expect(losses.snapshot()).toEqual({ upload_ended: 12 });
    expect(acknowledged.sort()).toEqual([5, 7]);
    expect(self().dropped).toEqual({ upload_ended: 12 });
  });
});

describe("credentials", () => {
  it.each([
    ["a token", { GST_PYROSCOPE_AUTH_TOKEN: "t0ken" }, { authorization: "Bearer t0ken" }],
    [
      "user and password",
      { GST_PYROSCOPE_BASIC_AUTH_USER: "me", GST_PYROSCOPE_BASIC_AUTH_PASSWORD: "pw" },
      { authorization: `Basic ${Buffer.from("me:pw").toString("base64")}` },
    ],
    ["a tenant", { GST_PYROSCOPE_TENANT_ID: "team-a" }, { "x-scope-orgid": "team-a" }],
    ["nothing", {}, {}],
  ])("of %s go with each profile as they were set, and no others", async (_, environment, headers) => {
    const server = await fakeServer();
    const { all } = request({ "server-url": server.url }, environment);
    const { sinks } = await openServers(all);
    await sinks[0]?.send?.(slice);
    await sinks[0]?.flush(30_000);
    await sinks[0]?.close(1000);
    const sent = server.requests.map(({ headers: seen }) => ({
      ...(seen.authorization !== undefined && { authorization: seen.authorization }),
      ...(seen["x-scope-orgid"] !== undefined && { "x-scope-orgid": seen["x-scope-orgid"] }),
    }));
    expect(sent).toEqual([headers, headers]);
  });
});

it("what the metrics say of the agent is there without any server: nothing sent, and what it costs", async () => {
  const { all, losses } = request({ "server-url": "none" });
  const { self } = await openServers(all);
  losses.lost("window_refused", 2);
  losses.lost("span_upload_ended", 3);
  losses.sent(4);
  const says = self();
  expect(says).toMatchObject({ profiles: {}, queueBytes: 0, threads: { running: 3 }, overflowed: { element: 2 } });
  expect([says.dropped, says.spans]).toEqual([{ window_refused: 2 }, { sent: 4, span_upload_ended: 3 }]);
  expect(says.cpuNs).toBeGreaterThan(0);
  const beganMs = Number(says.startUnixNs / 1_000_000n);
  expect(Math.abs(beganMs - performance.timeOrigin)).toBeLessThan(2);
});
