// Do a real Prometheus and a real collector have what the lab's session service tells them, started by one command?
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { missingPrometheus } from "../helpers/real-prometheus.js";
import { missingServers, serversHome } from "../helpers/real-server.js";

const script = fileURLToPath(new URL("../../scripts/observability.mjs", import.meta.url));
const withServers = [process.env.PATH ?? "", join(serversHome, "bin")].join(delimiter);
const run = (...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env: { ...process.env, PATH: withServers } });

describe("the lab with Prometheus and a collector", () => {
  test.skipIf(missingPrometheus || missingServers() !== "")("counters and a span arrive, without a session id", () => {
    const { status, stdout, stderr } = run("--smoke");
    expect([status, stdout.match(/^FAIL.*/gm)], stderr).toEqual([0, null]);
    expect(stdout).toContain("5 passed, 0 failed");
  });

  test("an option that does not exist is refused before anything starts", () => {
    const { status, stderr } = run("--fast");
    expect([status, stderr]).toEqual([2, "there is only --smoke\n"]);
  });
});
