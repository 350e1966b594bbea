// How is a body of CMCD reports read, a line each, as a stock player sends it? The events that they stand for go the way of all others.
// SPDX-License-Identifier: MPL-2.0
import type { Passed, Refused } from "@gst-pyroscope/contract/check-batch";
import { cmcdSessionId, mapCmcd } from "@gst-pyroscope/contract/cmcd/map";
import type { CmcdSession } from "@gst-pyroscope/contract/cmcd/session";
import { limits, SCHEMA_VERSION } from "@gst-pyroscope/contract/names";
import type { PlayerEvent } from "@gst-pyroscope/contract/wire";
import { decodeCmcd } from "@svta/cml-cmcd";
import type { Format } from "./receive.js";

type CmcdRecord = Parameters<typeof mapCmcd>[0];
type Mode = Parameters<typeof mapCmcd>[2]["mode"];

/** Between two reports of a player something has to be remembered; the longest silent ones are forgotten. */
const MOST_SESSIONS = 20_000;

interface Changed {
  key: string;
  before: CmcdSession | null;
  after: CmcdSession;
}

export interface CmcdBody {
  records: CmcdRecord[];
  changed: Changed[];
}

/** What is remembered of players: those that report events need not be believed in the addresses of their requests. */
export type CmcdSessions = Map<string, CmcdSession>;

/** `events`: checks the events as if the player had sent them itself. */
export function cmcdFormat(events: Format<unknown>, mode: Mode, sessions: CmcdSessions): Format<CmcdBody> {
  return {
    decode: decoded,
    notDecoded: "the body is not CMCD: one report a line, as players send application/cmcd in event mode",
    count: ({ records }) => records.length,
    check: (body, project, receivedMs) => {
      const { records } = body;
      if (records.length === 0) return refused(0, "events_missing", "the body has no report");
      if (records.length > limits.events)
        return refused(records.length, "events_too_many", `${records.length} lines are too many: send at most 100`);
      const mapped = records.map((record) => one(record, { project, receivedMs, mode }, { sessions, body }));
      const problem = mapped.find((part) => typeof part === "string");
      const result =
        typeof problem === "string"
          ? refused(records.length, "event_invalid", problem)
          : checked(mapped.flat() as PlayerEvent[], records.length, { events, project, receivedMs });
      if (result.status !== 202) revert(body, sessions);
      return result;
    },
    revert: (body) => revert(body, sessions),
  };
}

function decoded(text: string): CmcdBody | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length > limits.events) return { records: lines.map(() => ({})), changed: [] };
  try {
    return { records: lines.map((line) => decodeCmcd(line) as CmcdRecord), changed: [] };
  } catch {
    return undefined;
  }
}

interface Around {
  sessions: CmcdSessions;
  body: CmcdBody;
}

/** Its events; a sentence: why there are none. */
function one(record: CmcdRecord, context: Parameters<typeof mapCmcd>[2], around: Around): PlayerEvent[] | string {
  const { sessions, body } = around;
  const key = JSON.stringify([context.project, cmcdSessionId(record)]);
  const before = sessions.get(key) ?? null;
  const mapped = mapCmcd(record, before, context);
  if ("problem" in mapped) return mapped.problem;
  sessions.delete(key);
  sessions.set(key, mapped.session);
  body.changed.push({ key, before, after: mapped.session });
  const [oldest] = sessions.keys();
  if (sessions.size > MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
  return mapped.events;
}

/** What was not stored was not reported: the player sends it again. Unless another report has gone on from there. */
function revert({ changed }: CmcdBody, sessions: CmcdSessions): void {
  for (const { key, before, after } of changed.toReversed()) {
    if (sessions.get(key) !== after) continue;
    if (before === null) sessions.delete(key);
    else sessions.set(key, before);
  }
  changed.length = 0;
}

interface Checking {
  events: Format<unknown>;
  project: string;
  receivedMs: number;
}

/** In slices of what a batch may have: a line may stand for several events. */
function checked(all: PlayerEvent[], lines: number, { events, project, receivedMs }: Checking): Passed | Refused {
  const whole: Passed = { status: 202, events: [], boundaries: [] };
  for (let at = 0; at < all.length; at += limits.events) {
    const slice = { schema_version: SCHEMA_VERSION, events: all.slice(at, at + limits.events) };
    const part = events.check(slice, project, receivedMs);
    if (part.status !== 202) return { ...part, events: lines };
    whole.events.push(...part.events);
  }
  return whole;
}

function refused(events: number, error: Refused["body"]["error"], reason: string): Refused {
  return { status: 422, counter: events === 0 ? "none" : "invalid", events, body: { error, reason } };
}
