// What does one connection to the service's stream of events bring, until it ends?
// SPDX-License-Identifier: MPL-2.0
import type { StreamFrame } from "@gst-pyroscope/contract/wire";
import { authority, withProject } from "./api.js";
import { FrameReader } from "./frames.js";

/** The service sends a sign of life every 15 s. */
const SILENCE_MS = 40_000;

export interface Connection {
  /** Events with greater numbers are sent first. */
  after: number;
  opened(): void;
  /** null: some may have been missed. */
  heard(frames: (StreamFrame | null)[]): void;
}

/** Until the stream ends; status of the answer that refused it, 0: no answer; null: it had begun. */
export async function readStream({ after, opened, heard }: Connection): Promise<number | null> {
  const abort = new AbortController();
  let begun = false;
  try {
    const headers = { ...authority, "Last-Event-ID": String(after) };
    const answer = await fetch(withProject("/api/stream-sessions/stream"), { headers, signal: abort.signal });
    if (!answer.ok || answer.body === null) return answer.status;
    begun = true;
    opened();
    await read(answer.body, abort, heard);
    return null;
  } catch {
    return begun ? null : 0;
  }
}

async function read(
  body: ReadableStream<Uint8Array>,
  abort: AbortController,
  heard: Connection["heard"],
): Promise<void> {
  const frames = new FrameReader();
  const decoder = new TextDecoder();
  let silence: ReturnType<typeof setTimeout> | undefined;
  for await (const bytes of chunks(body)) {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE_MS);
    const found = frames.push(decoder.decode(bytes, { stream: true }));
    if (found.length > 0)
      heard(found.map(({ event, data }) => (event === "event_appended" ? (data as StreamFrame) : null)));
  }
  clearTimeout(silence);
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
