// What does the agent of a process say of its last seconds, and who is watched when it ends? The next one of the same service.
// SPDX-License-Identifier: MPL-2.0

import type { HotFunctions } from "../analysis/hottest-functions.js";
import { askDoor } from "../door/doors.js";
import { attempt } from "../model/attempt.js";
import type { Summary } from "../model/summary.js";
import type { Seen } from "../terminal/top/heading.js";
import { type AskedAgent, type FoundTarget, targetsOf } from "./agents.js";

export interface Question {
  /** Seconds; null: all that the agent has kept. */
  range: number | null;
  functions: boolean;
}

/** What was seen; or why nothing was, while it may still be; or that there is nothing left to be seen. */
export type Look = { seen: Seen } | { note: string } | { over: string };

export interface FollowParts {
  agents: () => Promise<AskedAgent[]>;
  /** How long the next process of the service is waited for. */
  waitMs: number;
  /** Milliseconds, of a clock that is never set. */
  now: () => number;
}

/** A look is over before the next one is wanted, or nearly: a person waits. */
const ANSWER_MS = 5000;

/** The agent has no such target any more. */
class Gone extends Error {}

export class FollowedTarget {
  #found: FoundTarget;
  readonly #parts: FollowParts;
  #lostAt: number | undefined;
  /** What is known to be gone. */
  #lost = "";

  constructor(found: FoundTarget, parts: FollowParts) {
    this.#found = found;
    this.#parts = parts;
  }

  /** Never rejects. */
  async look(question: Question): Promise<Look> {
    if (this.#lostAt !== undefined) return this.#next(question);
    try {
      return await this.#ask(question);
    } catch (error) {
      if (error instanceof Gone) return this.#leave("", question);
      if (hasEnded(error)) return this.#leave(" or its agent", question);
      return { note: `The agent of process ${this.#found.target.pid} cannot be asked: ${(error as Error).message}.` };
    }
  }

  async #ask({ range, functions }: Question): Promise<Look> {
    const { id } = this.#found.target;
    const about = range === null ? "" : `?last=${range}`;
    const [agent, summary, hottest] = await Promise.all([
      this.#get("/api/status") as Promise<{ targets: FoundTarget["target"][] }>,
      this.#get(`/api/targets/${id}/summary${about}`) as Promise<Summary>,
      functions ? this.#functions(`/api/targets/${id}/functions${about}`) : null,
    ]);
    const target = agent.targets.find((one) => one.id === id);
    if (target === undefined || target.state === "ended") throw new Gone();
    if (summary.target.durationNs <= 0) return { note: "The first figures come within a second or two." };
    return { seen: { target, summary, functions: hottest } };
  }

  /** An agent of another release may have none to tell. */
  #functions(path: string): Promise<HotFunctions> {
    return this.#get(path).catch(() => ({})) as Promise<HotFunctions>;
  }

  async #get(path: string): Promise<unknown> {
    const { status, text } = await askDoor(this.#found.agent.place, { method: "GET", path }, ANSWER_MS);
    if (status === 404) throw new Gone();
    const said: unknown = attempt(() => JSON.parse(text), null);
    if (status !== 200 || said === null) throw new Error(`it answers with status ${status}`);
    return said;
  }

  /** `orAgent`: without an agent nobody says whether the process still runs. */
  #leave(orAgent: string, question: Question): Promise<Look> {
    this.#lost = `process ${this.#found.target.pid}${orAgent} has ended`;
    return this.#next(question);
  }

  /** The agent of the process that ended, or died, has none to tell of; another one may be there soon. */
  async #next(question: Question): Promise<Look> {
    const { now, waitMs, agents } = this.#parts;
    const { service } = this.#found.target;
    this.#lostAt ??= now();
    const next = targetsOf(await agents().catch(() => [])).find(
      ({ target }) => target.state === "running" && target.service === service,
    );
    if (next !== undefined) {
      this.#lostAt = undefined;
      this.#found = next;
      return this.#ask(question).catch(() => ({ note: `Process ${next.target.pid} of ${service} is found.` }));
    }
    const leftMs = this.#lostAt + waitMs - now();
    if (leftMs > 0)
      return {
        note: `${capital(this.#lost)}; one of service ${service} is waited for: ${Math.ceil(leftMs / 1000)} s.`,
      };
    const waited = waitMs > 0 ? `, and none of service ${service} came within ${waitMs / 1000} s` : "";
    return { over: `${this.#lost}${waited}` };
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Nobody listens any more, or the agent that did ended while we asked. */
function hasEnded(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return ["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE"].includes(code);
}
