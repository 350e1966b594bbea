// What happens in the project right now? The service's stream of events, resumed after a break; questions at intervals when it stays away.
// SPDX-License-Identifier: MPL-2.0
import type { StreamFrame } from "@gst-pyroscope/contract/wire";
import { signal } from "@preact/signals";
import { ask, problemOf } from "./api.js";
import { asksAtIntervals, type Outcome, persist } from "./backoff.js";
import type { Status } from "./status-page.js";
import { readStream } from "./stream.js";
import { takeTurns } from "./tabs.js";

export type Link = "connecting" | "live" | "reconnecting" | "polling" | "not permitted";

const POLL_MS = 5000;
/** So many of the past events are asked for, so that a page does not begin with nothing. */
const PAST = 900;

export const link = signal<Link>("connecting");

/** `past`: it happened before this page was opened, or while it had no connection. */
type Hear = (frame: StreamFrame | null, past: boolean) => void;
const listeners = new Set<Hear>();

/** Is told of each event; null: some may have been missed, or it is time to look again. Answers with what ends it. */
export function listen(hear: Hear): () => void {
  listeners.add(hear);
  return () => listeners.delete(hear);
}

/** Between the pages of one browser. */
type Message =
  | { kind: "opened" }
  | { kind: "link"; link: Link }
  | { kind: "heard"; frames: Frames; newest: number }
  | { kind: "recent"; frames: Frames; newest: number | null; link: Link };
type Frames = (StreamFrame | null)[];

let say: (message: Message) => void = () => {};
/** null: this page has heard of nothing yet. */
let lastId: number | null = null;
/** Whether this page has got what the leading one heard before; what it is told earlier is part of that. */
let joined = false;
/** The last ones, for a page that is opened later. */
let recent: Frames = [];

/** Until the page is closed, or may not read. */
export async function follow(): Promise<void> {
  setInterval(() => link.value === "polling" && tell([null], 0), POLL_MS);
  let project: string | undefined;
  const know = async (): Promise<Outcome> => {
    const status = await statusOr("failed");
    if (typeof status === "string") return status;
    project = status.project;
    return "final";
  };
  await persist(know, wait);
  if (project === undefined) return;
  let leads = false;
  const lead = (): Promise<void> => {
    leads = true;
    greet();
    return persist(connect, wait);
  };
  const hear = (message: Message): void => {
    if (!leads) hearOther(message);
    else if (message.kind === "opened") greet();
  };
  say = takeTurns<Message>(`gst-pyroscope events of ${project}`, { hear, lead });
  say({ kind: "opened" });
}

function setLink(value: Link): void {
  link.value = value;
  say({ kind: "link", link: value });
}

const wait = (failures: number): void => setLink(asksAtIntervals(failures) ? "polling" : "reconnecting");

async function statusOr(otherwise: Outcome): Promise<Status | Outcome> {
  try {
    return await ask<Status>("/api/status");
  } catch (error) {
    return refused(problemOf(error).status) ? "final" : otherwise;
  }
}

function refused(status: number): boolean {
  const refusal = status === 401 || status === 403;
  if (refusal) setLink("not permitted");
  return refusal;
}

async function connect(): Promise<Outcome> {
  const status = await statusOr("failed");
  if (typeof status === "string") return status;
  const { newestIngest: newest } = status.store;
  const ended = await readStream({
    after: Math.min(lastId ?? Math.max(0, newest - PAST), newest),
    opened: () => {
      const again = link.value !== "connecting";
      setLink("live");
      if (again) share([null], newest);
    },
    heard: (frames) => share(frames, newest),
  });
  if (ended === null) return "lived";
  return refused(ended) ? "final" : "failed";
}

function share(frames: Frames, newest: number): void {
  say({ kind: "heard", frames, newest });
  tell(frames, newest);
}

/** `newest`: events up to this number are of the past. */
function tell(frames: Frames, newest: number): void {
  for (const frame of frames) {
    if (frame !== null) lastId = frame.ingest_sequence;
    for (const hear of listeners) hear(frame, frame !== null && frame.ingest_sequence <= newest);
  }
  recent = [...recent, ...frames.filter((frame) => frame !== null)].slice(-PAST);
}

const greet = (): void => say({ kind: "recent", frames: recent, newest: lastId, link: link.value });

function hearOther(message: Message): void {
  if (message.kind === "opened") return;
  if (message.kind !== "heard") link.value = message.link;
  if (message.kind === "heard" && joined) tell(message.frames, message.newest);
  if (message.kind !== "recent" || joined) return;
  joined = true;
  lastId = message.newest;
  tell(message.frames, message.newest ?? 0);
}
