// When does this process serve the live page? From its start where an option says so, else for as long as a command that asked for it stays.
// SPDX-License-Identifier: MPL-2.0

import type { Hono } from "hono";
import type { Config } from "../config/configuration.js";
import { liveFiles } from "../installation.js";
import type { Log } from "../log.js";
import type { LivePage } from "../server/live-page.js";

type LiveConfig = Pick<Config, "livePort" | "liveAddress" | "livePassword" | "liveTlsCert" | "liveTlsKey">;

/** One server for all targets of this process. */
export class LivePages {
  readonly #routes: () => Promise<Hono>;
  /** Of the first target, or of the command that starts them all. */
  #own: { config: LiveConfig; log: Log } | undefined;
  #page: Promise<LivePage> | undefined;
  /** By options, and so until the end. */
  #stays = false;
  #leases = 0;
  #closed = false;

  /** `routes`: on the targets; asked for when the page is opened. */
  constructor(routes: () => Promise<Hono>) {
    this.#routes = routes;
  }

  /** Opens it where the options say so; the first that is asked counts. Whatever is wrong with it is said, and profiling goes on. */
  configure(config: LiveConfig, log: Log): void {
    this.#own ??= { config, log };
    if (config.livePort === 0 || this.#stays || this.#closed) return;
    this.#stays = true;
    this.#open().catch((error: Error) => log.error(`there is no live page: ${error.message}`));
  }

  /** Its address with the token; undefined: there is none. */
  async url(): Promise<string | undefined> {
    const page = await this.#page?.catch(() => undefined);
    await page?.opened;
    return page?.url;
  }

  /** Opens it, or keeps it, until the release. Rejects with what is in the way. */
  async lease(): Promise<{ url: string; release: () => void }> {
    this.#leases++;
    try {
      await this.#open();
      const url = await this.url();
      if (url === undefined) throw new Error("the port of the live page is taken by another process");
      return { url, release: () => this.#release() };
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#shut();
  }

  #release(): void {
    this.#leases--;
    if (this.#leases === 0 && !this.#stays) this.#shut();
  }

  #shut(): void {
    void this.#page?.then(
      (page) => page.close(),
      () => undefined,
    );
    this.#page = undefined;
  }

  #open(): Promise<LivePage> {
    const own = this.#own;
    if (own === undefined || this.#closed) return Promise.reject(new Error("this agent has no target"));
    this.#page ??= this.#load(own.config, own.log).catch((error) => {
      this.#page = undefined;
      throw error;
    });
    return this.#page;
  }

  /** Nothing of it is loaded before. */
  async #load(config: LiveConfig, log: Log): Promise<LivePage> {
    const { LivePage } = await import("../server/live-page.js");
    return new LivePage({
      port: config.livePort === "auto" ? 0 : config.livePort,
      address: config.liveAddress,
      password: config.livePassword,
      tlsCert: config.liveTlsCert,
      tlsKey: config.liveTlsKey,
      files: liveFiles,
      routes: this.#routes,
      log,
    });
  }
}
