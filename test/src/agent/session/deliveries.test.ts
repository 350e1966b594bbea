// When may the target forget the samples of a window? With another sample path than the agent's own, for that can be replaced whole.
import { beforeEach, describe, expect, it } from "vitest";
import { Deliveries } from "../../../../src/agent/session/deliveries.js";
import { Losses } from "../../../../src/agent/session/losses.js";
import type { SamplePath, WindowSlice } from "../../../../src/agent/session/sample-path.js";
import type { TargetParts } from "../../../../src/agent/session/target-request.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { createLog } from "../../../../src/log.js";
import { Topology } from "../../../../src/model/topology.js";
import type { EncodedProfile } from "../../../../src/profile/pprof.js";
import { stateOf } from "../../../helpers/cells.js";
import { fakeServer } from "../../../helpers/pyroscope-output.js";
import { samplePprof } from "../../../helpers/sample-pprof.js";
import { until } from "../../../helpers/until.js";

const SAMPLES = 100;
const REFUSED = 7;
const timeNanos = BigInt(Date.now()) * 1_000_000n;

let did: string[];
let acknowledged: number;
let losses: Losses;
beforeEach(() => {
  did = [];
  acknowledged = 0;
  losses = new Losses();
});

const slice = { window: { samples: SAMPLES, refused: REFUSED }, atNs: 0 } as WindowSlice;
const bytes = samplePprof([{ stack: ["app!main"], ns: 10_000_000, labels: { element: "e" } }], timeNanos);
const profile = { kind: "cpu", bytes, timeNanos, samples: SAMPLES, uniqueSamples: SAMPLES } as EncodedProfile;

const path = {
  name: async () => void did.push("named"),
  encode: (_, { paths }) => {
    did.push(paths ? "encoded for a capture" : "encoded for a server");
    return [profile];
  },
  allCells: () => [],
  modules: () => [],
  openLive: async () => ({
    wants: () => {},
    cut: async () => Promise.reject(new Error("nobody asks")),
    close: () => {},
  }),
  figures: { threads: {}, overflowed: {}, workers: { attributed: 0, byFactory: 0, unattributed: 0 } },
  close: () => did.push("path closed"),
} satisfies Partial<SamplePath> as unknown as SamplePath;

function captureThat(writes: () => Promise<void>) {
  const step = (what: string) => async () => void did.push(what);
  const kept = { snapshot: step("snapshot"), progress: step("progress"), finish: step("finished") };
  const amend = async () => did.push("amended") > 0;
  return { dir: "/capture", place: "/capture", addProfile: writes, ...kept, amend, close: () => did.push("released") };
}

function open(serverUrl: string, capture: ReturnType<typeof captureThat> | null = null) {
  const { config } = resolveConfig({ flags: { "server-url": serverUrl, "otlp-endpoint": "none" }, environment: {} });
  const report = async () => void did.push("reported");
  const clock = { now: () => timeNanos, atNs: () => 0 };
  const request = { version: "0", report };
  const log = createLog("silent");
  const parts = { config, capture, log, request, clock, topology: new Topology() } as unknown as TargetParts;
  const seen = () => ({ cells: [], ended: [], state: stateOf({}) });
  const acknowledge = (n: number) => {
    acknowledged += n;
  };
  return Deliveries.open({ parts, path, losses, observe: seen, seen, acknowledge });
}

describe("the samples of a window are acknowledged", () => {
  it("once they are named where nobody wants them, those refused for room as a loss", async () => {
    const deliveries = await open("none");
    await deliveries.deliver(slice);
    expect([did, acknowledged]).toEqual([["named"], SAMPLES + REFUSED]);
    expect(losses.snapshot()).toEqual({ window_refused: REFUSED });
  });

  it("once the server has them, and not before", async () => {
    const server = await fakeServer();
    server.mode = { answer: "hang" };
    const deliveries = await open(server.url);
    await deliveries.deliver(slice);
    await until("a request", () => server.openRequests > 0);
    expect(acknowledged).toBe(REFUSED);
    await deliveries.close(200);
    expect(acknowledged).toBe(SAMPLES + REFUSED); // given up, and counted
    expect(losses.snapshot()).toEqual({ window_refused: REFUSED, upload_ended: SAMPLES });
  });

  it("once a capture has them, whatever the server does", async () => {
    const server = await fakeServer();
    server.mode = { answer: "hang" };
    const deliveries = await open(
      server.url,
      captureThat(async () => void did.push(`${acknowledged} acknowledged`)),
    );
    await deliveries.deliver(slice);
    const steps = ["named", "encoded for a capture", "0 acknowledged", "progress", "encoded for a server"];
    expect([did, acknowledged]).toEqual([steps, SAMPLES + REFUSED]);
    await deliveries.close(200);
    expect(acknowledged).toBe(SAMPLES + REFUSED);
  });
});

describe("a capture", () => {
  it("that cannot be written keeps nothing from the server", async () => {
    const server = await fakeServer();
    const full = captureThat(() => Promise.reject(new Error("no space left")));
    const deliveries = await open(server.url, full);
    await deliveries.deliver(slice);
    await deliveries.flush(5000);
    expect(server.stored).toHaveLength(1);
  });

  it("is finished before the servers are closed, and amended only by what these lost", async () => {
    const done = ["path closed", "finished", "reported"];
    await (
      await open(
        "none",
        captureThat(async () => {}),
      )
    ).close(200);
    expect(did.splice(0)).toEqual([...done, "released"]);
    const server = await fakeServer();
    server.mode = { answer: "hang" };
    const deliveries = await open(
      server.url,
      captureThat(async () => {}),
    );
    await deliveries.deliver(slice);
    did = [];
    await deliveries.close(200);
    expect(did).toEqual([...done, "amended", "reported", "released"]);
  });
});
