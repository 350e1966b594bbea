// Whose call stacks does the service want to see, and until when? From its answers, bounded. Pure but for the clock.
// SPDX-License-Identifier: MPL-2.0

/** Streams and elements: a service asks for the few of an open stall. */
const MOST_STREAMS = 20;
const MOST_ELEMENTS = 50;
/** However long it asks: an answer that never ends would cost for ever. */
const MOST_MS = 10 * 60_000;

export class WantedStacks {
  readonly #now: () => number;
  readonly #wanted = new Map<string, { elements: ReadonlySet<string>; untilMs: number }>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A service may answer anything. */
  take(answer: unknown): void {
    const { want } = (answer ?? {}) as { want?: unknown };
    if (!Array.isArray(want)) return;
    for (const one of want.slice(0, MOST_STREAMS)) {
      const { stream_id, elements, until } = (one ?? {}) as Record<string, unknown>;
      const ends = Date.parse(String(until));
      if (typeof stream_id !== "string" || !Array.isArray(elements) || Number.isNaN(ends)) continue;
      const names = elements.filter((name) => typeof name === "string").slice(0, MOST_ELEMENTS);
      if (this.#wanted.size >= MOST_STREAMS && !this.#wanted.has(stream_id)) continue;
      this.#wanted.set(stream_id, { elements: new Set(names), untilMs: Math.min(ends, this.#now() + MOST_MS) });
    }
  }

  /** By stream: paths of elements. */
  now(): ReadonlyMap<string, ReadonlySet<string>> {
    for (const [stream, { untilMs }] of this.#wanted) if (untilMs <= this.#now()) this.#wanted.delete(stream);
    return new Map([...this.#wanted].map(([stream, { elements }]) => [stream, elements]));
  }
}
