// When can the commands of this user reach this process? From its first target on, until it closes.
// SPDX-License-Identifier: MPL-2.0

import type { Hono } from "hono";
import type { Environment } from "../config/configuration.js";
import type { Door } from "../door/door.js";
import type { Log } from "../log.js";

export class AgentDoor {
  readonly #environment: Environment;
  readonly #routes: () => Promise<Hono>;
  #door: Door | undefined;
  #begun = false;
  #closed = false;

  /** `routes`: asked for when somebody asks. */
  constructor(environment: Environment, routes: () => Promise<Hono>) {
    this.#environment = environment;
    this.#routes = routes;
  }

  /** With each target; `log`, that of the first one, hears why there can be none. */
  open(log: Log): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#load(log).catch((error: Error) => log.info(`no control socket: ${error.message}`));
  }

  close(): void {
    this.#closed = true;
    this.#door?.close();
  }

  /** Not with the program: modules that are read at once take a descriptor each, and some limits leave few. */
  async #load(log: Log): Promise<void> {
    const [{ Door }, { doorFolder }] = await Promise.all([import("../door/door.js"), import("../door/folder.js")]);
    if (!this.#closed) this.#door = new Door({ folder: doorFolder(this.#environment), app: this.#routes, log });
  }
}
