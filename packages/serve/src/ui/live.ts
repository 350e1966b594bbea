// What happens in the project right now? The service's stream of events, resumed after a break; questions at intervals when it stays away.
// SPDX-License-Identifier: MPL-2.0
import type { StreamFrame } from "@gst-pyroscope/contract/wire";
import { signal } from "@preact/signals";
import { authority, withProject } from "./api.js";
import { FrameReader } from "./frames.js";

export type Link = "connecting" | "live" | "reconnecting" | "polling" | "not permitted";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 5000;
/** The service sends a sign of life every 15 s. */
const SILENCE_MS = 40_000;
const FAILURES_BEFORE_POLLING = 3;

export const link = signal<Link>("connecting");

type Hear = (frame: StreamFrame | null) => void;
const listeners = new Set<Hear>();

/** Is told of each event; null: some may have been missed, or it is time to look again. Answers with what ends it. */
export function listen(hear: Hear): () => void {
  listeners.add(hear);
  return () => listeners.delete(hear);
}

const tell = (frame: StreamFrame | null): void => {
  for (const hear of listeners) hear(frame);
};

let lastId: number | null = null;

/** `after`: events with greater numbers are sent first. */
export async function follow(after: number | null): Promise<void> {
  lastId = after;
  setInterval(() => link.value === "polling" && tell(null), POLL_MS);
  for (let failures = 0; ; failures++) {
    const lived = await once();
    if (link.value === "not permitted") return;
    if (lived) failures = 0;
    link.value = failures >= FAILURES_BEFORE_POLLING ? "polling" : "reconnecting";
    await new Promise((done) => setTimeout(done, waitMs(failures)));
  }
}

/** Twice as long each time; not all pages at the same moment. */
const waitMs = (failures: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.75 + Math.random() / 2);

/** Until the stream ends; whether it had begun. */
async function once(): Promise<boolean> {
  const abort = new AbortController();
  try {
    const resume: Record<string, string> = lastId === null ? {} : { "Last-Event-ID": String(lastId) };
    const headers = { ...authority, ...resume };
    const answer = await fetch(withProject("/api/stream-sessions/stream"), { headers, signal: abort.signal });
    if (answer.status === 401 || answer.status === 403) link.value = "not permitted";
    if (!answer.ok || answer.body === null) return false;
    await read(answer.body, abort);
    return true;
  } catch {
    return link.value === "live";
  }
}

async function read(body: ReadableStream<Uint8Array>, abort: AbortController): Promise<void> {
  const again = link.value !== "connecting";
  link.value = "live";
  if (again) tell(null);
  const frames = new FrameReader();
  const decoder = new TextDecoder();
  let silence: ReturnType<typeof setTimeout> | undefined;
  for await (const bytes of chunks(body)) {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE_MS);
    for (const { id, event, data } of frames.push(decoder.decode(bytes, { stream: true }))) {
      if (id !== null) lastId = id;
      tell(event === "event_appended" ? (data as StreamFrame) : null);
    }
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
