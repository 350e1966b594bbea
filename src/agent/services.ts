// What do several targets of one process share, so that it is there once? What depends on options: by what these say.
// SPDX-License-Identifier: MPL-2.0

import { type Config, debuginfodCache } from "../config/config.js";
import type { Log } from "../log.js";
import type { NativeAddon } from "../native.js";
import type { Channels } from "../output/otlp/channels.js";
import { openDebugFiles } from "../symbols/debug-files.js";
import type { Debuginfod } from "../symbols/debuginfod.js";
import { KnownNames } from "../symbols/known-names.js";
import { SelfProfile } from "./self-profile.js";

export class Services {
  /** Undefined where there is one target only: it remembers its names itself. */
  readonly names: KnownNames | undefined;
  /** To collectors, by gRPC. */
  readonly channels: Channels = new Map();
  readonly selfProfile = new SelfProfile();
  readonly #native: Pick<NativeAddon, "symbolize">;
  readonly #debugFiles = new Map<string, Debuginfod>();

  constructor(native: Pick<NativeAddon, "symbolize">, targets: "one" | "several") {
    this.#native = native;
    this.names = targets === "several" ? new KnownNames() : undefined;
  }

  /** `log`: of the first target that asks; others whose options say the same have the same. */
  debugFiles(config: Config, log: Log): Debuginfod {
    const { debuginfodUrls, debuginfodTimeout, debuginfodMaxtime, debuginfodMaxsize, console, logLevel } = config;
    const limits = [debuginfodTimeout, debuginfodMaxtime, debuginfodMaxsize];
    const key = JSON.stringify([debuginfodUrls, debuginfodCache(config), limits, console, logLevel]);
    const opened = this.#debugFiles.get(key) ?? openDebugFiles(config, this.#native, log);
    this.#debugFiles.set(key, opened);
    return opened;
  }

  /** After the last target has closed: ends its requests that no target waits for any more. */
  close(): void {
    for (const files of this.#debugFiles.values()) files.close();
  }
}
