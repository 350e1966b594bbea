// When does the log hear of a server? When it goes away and when it is back, not at every try in between.
// SPDX-License-Identifier: MPL-2.0

import { type ErrorCode, errorTable } from "../errors.js";
import type { Log } from "../log.js";

const MAX_KINDS = 20;

export class ServerState {
  readonly #what: string;
  readonly #shown: string;
  readonly #kept: string;
  readonly #log: Log;
  readonly #now: () => number;
  #down: { since: number; said: Set<ErrorCode> } | undefined;
  #failures = 0;
  #delivered = false;
  #reachedAt = Number.NEGATIVE_INFINITY;
  readonly #refusals = new Set<string>();

  /** `what`: "profiles" or "metrics"; `shown`: the address without credentials; `kept`: what becomes of it meanwhile. */
  constructor(what: string, shown: string, kept: string, log: Log, now: () => number = () => performance.now()) {
    this.#what = what;
    this.#shown = shown;
    this.#kept = kept;
    this.#log = log;
    this.#now = now;
  }

  get up(): boolean {
    return this.#down === undefined;
  }

  get downForMs(): number {
    return this.#down === undefined ? 0 : this.#now() - this.#down.since;
  }

  /** Of what is sent side by side: when a try began. */
  begin(): number {
    return this.#now();
  }

  /** `begun`: of a try that ends later than another one that began later; it says nothing of the server as it is now. */
  failed(code: ErrorCode, message: string, begun = Number.POSITIVE_INFINITY): void {
    this.#log.debug(`${this.#what} not delivered`, { server: this.#shown, code, message });
    if (this.#down === undefined && begun < this.#reachedAt) return;
    this.#failures++;
    this.#down ??= { since: this.#now(), said: new Set() };
    if (this.#down.said.has(code)) return;
    this.#down.said.add(code);
    const { what, advice } = errorTable[code];
    const fields = { server: this.#shown, reason: what, message, advice: advice || undefined, kept: this.#kept, code };
    this.#log.warn(`${this.#what} are not delivered`, fields);
  }

  succeeded(): void {
    this.#log.debug(`${this.#what} delivered`, { server: this.#shown });
    if (!this.#delivered && this.#down === undefined)
      this.#log.info(`${this.#what} are delivered`, { server: this.#shown });
    this.#delivered = true;
    this.#reachedAt = this.#now();
    if (this.#down === undefined) return;
    const seconds = Math.round(this.downForMs / 1000);
    this.#log.warn(`${this.#what} are delivered again`, { server: this.#shown, seconds, failures: this.#failures });
    this.#down = undefined;
    this.#failures = 0;
  }

  /** The server works and does not want this piece of data: said once a kind of message. */
  refused(code: ErrorCode, message: string): void {
    const kind = message.replace(/[0-9]+|'[^']*'|"[^"]*"/g, "#").slice(0, 120);
    if (this.#refusals.has(kind) || this.#refusals.size >= MAX_KINDS) return;
    this.#refusals.add(kind);
    this.#log.warn(`${this.#what} refused`, { server: this.#shown, reason: errorTable[code].what, message, code });
  }
}
