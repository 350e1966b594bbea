// When does the log hear of a server? When it goes away and when it is back, not at every try in between.
// SPDX-License-Identifier: MPL-2.0

import { type ErrorCode, errorTable } from "../errors.js";
import type { Log } from "../log.js";
import { type FailureKind, outcomeTable } from "./outcomes.js";

const MAX_KINDS = 20;

/** What there is to know of one server at this moment. */
export interface ServerReport {
  /** "profiles", "metrics" or "traces". */
  what: string;
  /** The address without credentials. */
  server: string;
  /** Milliseconds since the last delivery; null = there was none yet. */
  deliveredMs: number | null;
  /** For so many milliseconds nothing has been delivered, although it was tried; null = it works, as far as is known. */
  failingMs: number | null;
  /** Why, in a few words; "" = it works. */
  reason: string;
}

/** Where servers are listed that can be asked for their report. */
export type Reporting = { readonly report: ServerReport }[];

export class ServerState {
  readonly #what: string;
  readonly #shown: string;
  readonly #kept: string;
  readonly #log: Log;
  readonly #now: () => number;
  #down: { since: number; said: Set<ErrorCode>; reason: string } | undefined;
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

  get report(): ServerReport {
    const now = this.#now();
    return {
      what: this.#what,
      server: this.#shown,
      deliveredMs: this.#delivered ? now - this.#reachedAt : null,
      failingMs: this.#down === undefined ? null : now - this.#down.since,
      reason: this.#down?.reason ?? "",
    };
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
    const { what, advice } = errorTable[code];
    this.#down ??= { since: this.#now(), said: new Set(), reason: what };
    this.#down.reason = what;
    if (this.#down.said.has(code)) return;
    this.#down.said.add(code);
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
    const seconds = Math.round((this.#now() - this.#down.since) / 1000);
    this.#log.warn(`${this.#what} are delivered again`, { server: this.#shown, seconds, failures: this.#failures });
    this.#down = undefined;
    this.#failures = 0;
  }

  /** What came of one try: a refusal of this piece of data alone, or a failure of the server; `begun` as for failed(). */
  tried(kind: FailureKind, message: string, begun?: number): void {
    const { code } = outcomeTable[kind];
    if (kind === "invalid") this.refused(code, message);
    else this.failed(code, message, begun);
  }

  /** The server works and does not want this piece of data: said once a kind of message. */
  refused(code: ErrorCode, message: string): void {
    const kind = message.replace(/[0-9]+|'[^']*'|"[^"]*"/g, "#").slice(0, 120);
    if (this.#refusals.has(kind) || this.#refusals.size >= MAX_KINDS) return;
    this.#refusals.add(kind);
    this.#log.warn(`${this.#what} refused`, { server: this.#shown, reason: errorTable[code].what, message, code });
  }
}
