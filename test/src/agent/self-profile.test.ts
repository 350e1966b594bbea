// Does one process have one profiler of itself, however many targets want it?
import { expect, it } from "vitest";
import { SelfProfile } from "../../../src/agent/self-profile.js";
import { resolveConfig } from "../../../src/config/config.js";
import { createLog } from "../../../src/log.js";

it("a profiler is begun with the first target that wants it, and ended with the last", async () => {
  const did: string[] = [];
  const profiler = {
    init: ({ appName }: Record<string, unknown>) => did.push(`begun as ${appName}`),
    startWallProfiling: () => {},
    stopWallProfiling: async () => void did.push("ended"),
  };
  const log = createLog("silent");
  const configOf = (flags: Record<string, string | true>) =>
    resolveConfig({ flags: { "server-url": "http://127.0.0.1:1", ...flags } as never, environment: {} }).config;
  const wanted = configOf({ "self-profile": "true", "tracer-name": "one" });
  const selfProfile = new SelfProfile(async () => profiler);
  const endFirst = selfProfile.start(wanted, log);
  const endSecond = selfProfile.start(configOf({ "self-profile": "true", "tracer-name": "two" }), log);
  const endThird = selfProfile.start(configOf({}), log);
  await endThird();
  await endFirst();
  expect(did).toEqual(["begun as one.agent"]);
  await endSecond();
  expect(did).toEqual(["begun as one.agent", "ended"]);
});
