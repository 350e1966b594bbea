// Which targets of one process share a client of debuginfod? Those whose options say the same.
import { expect, it } from "vitest";
import { Services } from "../../../src/agent/services.js";
import { resolveConfig } from "../../../src/config/config.js";
import { createLog } from "../../../src/log.js";
import { loadNative } from "../../../src/native.js";
import { scratch } from "../../helpers/scratch.js";

/** Of its own: what this machine has fetched is not asked for. */
const cache = { DEBUGINFOD_CACHE_PATH: scratch("cache") };
const configOf = (flags: Record<string, string>) => resolveConfig({ flags, environment: cache }).config;
const log = createLog("silent");

it("targets whose options say the same ask the same servers of debug files, once; others ask their own", () => {
  const services = new Services(loadNative(), "several");
  const [here, there] = ["http://127.0.0.1:1", "http://127.0.0.1:2"];
  const first = services.debugFiles(configOf({ "debuginfod-urls": here, "tracer-name": "one" }), log);
  expect(services.debugFiles(configOf({ "debuginfod-urls": here, "tracer-name": "two" }), log)).toBe(first);
  for (const flags of [
    { "debuginfod-urls": there },
    { "debuginfod-urls": here, "debuginfod-cache-path": "/elsewhere" },
    { "debuginfod-urls": here, debuginfod: "true" },
  ])
    expect(services.debugFiles(configOf(flags), log)).not.toBe(first);
});

it("what all targets wait for is told as one", () => {
  const services = new Services(loadNative(), "several");
  expect(services.fetching).toEqual({ asked: 0, ended: 0, bytes: 0, module: "" });
  for (const [url, module] of [
    ["http://127.0.0.1:1", "liba.so"],
    ["http://127.0.0.1:2", "libb.so"],
  ] as const)
    services.debugFiles(configOf({ "debuginfod-urls": url }), log).want("abcdef0123", `/usr/lib/${module}`);
  expect(services.fetching).toMatchObject({ asked: 2, ended: 0, bytes: 0, module: "libb.so" });
  services.close();
});

it("names are remembered for others only where there are others", () => {
  expect(new Services(loadNative(), "one").names).toBeUndefined();
  expect(new Services(loadNative(), "several").names).toBeDefined();
});
