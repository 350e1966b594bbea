// Which parts does a test of the Pyroscope output need? Fake servers that end with the test, and an output that tells all.

import { afterEach } from "vitest";
import { createLog } from "../../src/log.js";
import { type PyroscopeOptions, PyroscopeOutput } from "../../src/output/pyroscope/profiles.js";
import { type FakeOptions, FakePyroscope } from "./fake-pyroscope.js";

const running: FakePyroscope[] = [];
afterEach(async () => {
  for (const fake of running.splice(0)) await fake.stop();
});
export async function fakeServer(options: FakeOptions = {}): Promise<FakePyroscope> {
  const fake = await FakePyroscope.start(options);
  running.push(fake);
  return fake;
}

/** An address at which nothing listens. */
export async function deadUrl(): Promise<string> {
  const fake = await FakePyroscope.start();
  await fake.stop();
  return fake.url;
}

export function outputTo(server: string, change: Partial<PyroscopeOptions> = {}) {
  const lines: string[] = [];
  const acknowledged: Record<string, number> = {};
  const output = new PyroscopeOutput({
    server,
    serviceName: "test",
    log: createLog("warn", (line) => lines.push(line)),
    acknowledged: (samples, why) => {
      acknowledged[why ?? "delivered"] = (acknowledged[why ?? "delivered"] ?? 0) + samples;
    },
    backoff: { firstMs: 5, maxMs: 20 },
    ...change,
  });
  return { output, lines, acknowledged };
}
