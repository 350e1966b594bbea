// Where do names come from that the target's machine does not have? What the configuration says about debuginfod.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { debuginfodCache } from "../config/config.js";
import type { Config } from "../config/configuration.js";
import type { Log } from "../log.js";
import { attempt } from "../model/attempt.js";
import type { NativeAddon } from "../native.js";
import { Debuginfod, type Progress } from "./debuginfod.js";
import { type DistributionServer, serverOf } from "./distribution-server.js";

type Servers = Pick<Config, "debuginfod" | "debuginfodUrls">;

export interface DebugFilesParts {
  native: Pick<NativeAddon, "symbolize">;
  log: Log;
  /** Which server --debuginfod means. */
  ofDistribution?: () => DistributionServer;
  progress?: Progress;
}

export function openDebugFiles(config: Config, parts: DebugFilesParts): Debuginfod {
  const { debuginfodTimeout, debuginfodMaxtime, debuginfodMaxsize } = config;
  const { native, log, ofDistribution = serverOfThisMachine, progress } = parts;
  return new Debuginfod({
    urls: serversToAsk(config, log, ofDistribution),
    cache: debuginfodCache(config),
    limits: { timeoutMs: debuginfodTimeout, maxTimeMs: debuginfodMaxtime, maxBytes: debuginfodMaxsize },
    log,
    check: async (path, buildId) => {
      const { problem } = await native.symbolize({ path, buildId, root: "", offsets: new Float64Array() });
      return problem === "";
    },
    ...(progress !== undefined && { progress }),
  });
}

/** Those that a person named, or the distribution's; none without a word of either. */
function serversToAsk(
  { debuginfod, debuginfodUrls }: Servers,
  log: Log,
  ofDistribution: () => DistributionServer,
): string[] {
  const urls = debuginfodUrls.split(/\s+/).filter((url) => url !== "");
  if (urls.length === 0 && debuginfod) {
    const { url, note } = ofDistribution();
    if (note !== "") log.warn(`debuginfod: ${note}`);
    return [url];
  }
  const served = urls.filter((url) => /^https?:\/\/[^/]/.test(url));
  for (const url of urls)
    if (!served.includes(url)) log.warn("debuginfod-urls: only http and https", { left_out: url });
  return served;
}

/** The places where os-release(5) lies, in its order. */
const osReleases = ["/etc/os-release", "/usr/lib/os-release"];

function serverOfThisMachine(): DistributionServer {
  const texts = osReleases.map((path) => attempt(() => readFileSync(path, "utf8"), ""));
  return serverOf(texts.find((text) => text !== "") ?? "");
}
