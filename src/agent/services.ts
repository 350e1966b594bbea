// What do several targets of one process share, so that it is there once? What depends on options: by what these say.
// SPDX-License-Identifier: MPL-2.0

import type { Hono } from "hono";
import { debuginfodCache, environment } from "../config/config.js";
import type { Config } from "../config/configuration.js";
import { version } from "../installation.js";
import type { Log } from "../log.js";
import type { NativeAddon } from "../native.js";
import type { Channels } from "../output/otlp/channels.js";
import { openDebugFiles } from "../symbols/debug-files.js";
import type { Debuginfod, FetchState } from "../symbols/debuginfod.js";
import { KnownNames } from "../symbols/known-names.js";
import { AgentDoor } from "./agent-door.js";
import { LivePages } from "./live-pages.js";
import { LiveTargets } from "./live-targets.js";
import { SelfProfile } from "./self-profile.js";

export class Services {
  /** Undefined where there is one target only: it remembers its names itself. */
  readonly names: KnownNames | undefined;
  /** To collectors, by gRPC. */
  readonly channels: Channels = new Map();
  readonly selfProfile = new SelfProfile();
  /** What can be looked at while it runs. */
  readonly live = new LiveTargets();
  readonly page = new LivePages(() => this.#routes());
  /** For commands of this user. */
  readonly door = new AgentDoor(environment(), async () => {
    const { leaseRoute } = await import("../live/lease-route.js");
    return leaseRoute(() => this.page.lease()).route("/", await this.#routes());
  });
  readonly #native: Pick<NativeAddon, "symbolize">;
  readonly #debugFiles = new Map<string, Debuginfod>();
  #liveRoutes: Promise<Hono> | undefined;

  constructor(native: Pick<NativeAddon, "symbolize">, targets: "one" | "several") {
    this.#native = native;
    this.names = targets === "several" ? new KnownNames() : undefined;
  }

  /** `log`: of the first target that asks; others whose options say the same have the same. */
  debugFiles(config: Config, log: Log): Debuginfod {
    const { debuginfodTimeout, debuginfodMaxtime, debuginfodMaxsize, console, logLevel } = config;
    const servers = [config.debuginfod, config.debuginfodUrls, debuginfodCache(config)];
    const limits = [debuginfodTimeout, debuginfodMaxtime, debuginfodMaxsize];
    const key = JSON.stringify([servers, limits, console, logLevel]);
    const opened = this.#debugFiles.get(key) ?? openDebugFiles(config, { native: this.#native, log });
    this.#debugFiles.set(key, opened);
    return opened;
  }

  /** Of all targets together; the module is one of those whose file comes last. */
  get fetching(): FetchState {
    const sum: FetchState = { asked: 0, ended: 0, bytes: 0, module: "" };
    for (const { state } of this.#debugFiles.values()) {
      sum.asked += state.asked;
      sum.ended += state.ended;
      sum.bytes += state.bytes;
      if (state.ended < state.asked || sum.module === "") sum.module = state.module;
    }
    return sum;
  }

  /** The same for control socket and live page: what one of them has made for a window serves the other. */
  #routes(): Promise<Hono> {
    this.#liveRoutes ??= this.#openRoutes();
    return this.#liveRoutes;
  }

  async #openRoutes(): Promise<Hono> {
    const [{ liveRoutes }, { layoutRoutes }] = await Promise.all([
      import("../live/routes.js"),
      import("../live/layout-routes.js"),
    ]);
    const targets = () => this.live.all();
    return liveRoutes(targets, version).route("/", layoutRoutes(targets));
  }

  /** After the last target has closed: ends its requests that no target waits for any more, and nobody can ask. */
  close(): void {
    this.door.close();
    this.page.close();
    for (const files of this.#debugFiles.values()) files.close();
  }
}
