// Where do names come from that the target's machine does not have? What the configuration says about debuginfod.
// SPDX-License-Identifier: MPL-2.0

import { type Config, debuginfodCache } from "../config/config.js";
import type { Log } from "../log.js";
import type { NativeAddon } from "../native.js";
import { Debuginfod } from "./debuginfod.js";

export function openDebugFiles(config: Config, native: Pick<NativeAddon, "symbolize">, log: Log): Debuginfod {
  const { debuginfodUrls, debuginfodTimeout, debuginfodMaxtime, debuginfodMaxsize } = config;
  const urls = debuginfodUrls.split(/\s+/).filter((url) => url !== "");
  const served = urls.filter((url) => /^https?:\/\/[^/]/.test(url));
  for (const url of urls)
    if (!served.includes(url)) log.warn("debuginfod-urls: only http and https", { left_out: url });
  return new Debuginfod({
    urls: served,
    cache: debuginfodCache(config),
    limits: { timeoutMs: debuginfodTimeout, maxTimeMs: debuginfodMaxtime, maxBytes: debuginfodMaxsize },
    log,
    check: async (path, buildId) => {
      const { problem } = await native.symbolize({ path, buildId, root: "", offsets: new Float64Array() });
      return problem === "";
    },
  });
}
