// How does a client hear of each new window? Server-sent events; one that does not read them is closed, and holds nobody else up.
// SPDX-License-Identifier: MPL-2.0

import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { LiveTarget } from "./live-target.js";

/** Of one agent. */
const MOST_STREAMS = 32;
/** Events that wait for a client that does not read. */
const MOST_WAITING = 8;

interface LiveEvent {
  event: "window" | "ended";
  data: string;
}

/** As @hono/node-server hands it on; undefined under other servers. */
interface NodeBindings {
  outgoing?: { destroy(): void };
}

export class EventStreams {
  /** Streams that were closed because their client did not read. */
  closed = 0;
  #open = 0;

  get open(): number {
    return this.#open;
  }

  /** The answer: a stream that lasts until the client goes or the target ends. */
  answer(c: Context, target: LiveTarget): Response {
    if (this.#open >= MOST_STREAMS)
      return c.json({ error: `${MOST_STREAMS} clients follow this agent already; close one of them` }, 503);
    this.#open++;
    return streamSSE(c, async (stream) => {
      try {
        await this.#serve(stream, target, (c.env as NodeBindings | undefined)?.outgoing);
      } finally {
        this.#open--;
      }
    });
  }

  async #serve(stream: SSEStreamingApi, target: LiveTarget, connection: NodeBindings["outgoing"]): Promise<void> {
    const waiting: LiveEvent[] = [];
    let wake: () => void = () => {};
    let gone = false;
    const end = () => {
      gone = true;
      wake();
    };
    stream.onAbort(end);
    const release = target.watch();
    const stop = target.onWindow(() => {
      waiting.push(eventOf(target));
      if (waiting.length > MOST_WAITING) {
        this.closed++;
        end();
        stream.abort();
        connection?.destroy();
      } else wake();
    });
    try {
      if (target.ended) waiting.push(eventOf(target));
      while (!gone) {
        const next = waiting.shift();
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else {
          await stream.writeSSE(next);
          if (next.event === "ended") return;
        }
      }
    } finally {
      stop();
      release();
    }
  }
}

function eventOf(target: LiveTarget): LiveEvent {
  if (target.ended) return { event: "ended", data: JSON.stringify(target.status()) };
  return { event: "window", data: JSON.stringify(target.newest() ?? null) };
}
