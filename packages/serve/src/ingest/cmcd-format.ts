// How is a body of CMCD reports read, a line each, as a stock player sends it? The events that they stand for go the way of all others.
// SPDX-License-Identifier: MPL-2.0
import type { Passed, Refused } from "@gst-pyroscope/contract/check-batch";
import { cmcdSessionId, mapCmcd } from "@gst-pyroscope/contract/cmcd/map";
import type { CmcdSession } from "@gst-pyroscope/contract/cmcd/session";
import { limits, SCHEMA_VERSION } from "@gst-pyroscope/contract/names";
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

/** Of one line: null is what cannot be decoded. */
type Line = CmcdRecord | null;

export interface CmcdBody {
  lines: Line[];
  changed: Changed[];
}

/** What is remembered of players: those that report events need not be believed in the addresses of their requests. */
export type CmcdSessions = Map<string, CmcdSession>;

/** What the store has of a session that is not remembered; null: nothing by CMCD. */
export type Recall = (project: string, sessionId: string) => Promise<CmcdSession | null>;

export interface CmcdMemory {
  sessions: CmcdSessions;
  recall: Recall;
}

/** `events`: checks the events as if the player had sent them itself. */
export function cmcdFormat(events: Format<unknown>, mode: Mode, { sessions, recall }: CmcdMemory): Format<CmcdBody> {
  return {
    prepare: ({ lines }, project) => recallAll(lines, project, { sessions, recall }),
    decode: decoded,
    notDecoded: "the body is not CMCD: one report a line, as players send application/cmcd in event mode",
    count: ({ lines }) => lines.length,
    check: (body, project, receivedMs) => {
      const { lines } = body;
      if (lines.length === 0) return refused(0, "events_missing", "the body has no report");
      if (lines.length > limits.events)
        return refused(lines.length, "events_too_many", `${lines.length} lines are too many: send at most 100`);
      const context = { project, receivedMs, mode };
      return together(lines.map((line) => checkedLine(line, { sessions, body, events, context })));
    },
    revert: (body) => revert(body, sessions),
  };
}

/** undefined: no line is CMCD. */
function decoded(text: string): CmcdBody | undefined {
  const texts = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  // Too many: they are only counted.
  const lines: Line[] = texts.length > limits.events ? texts.map(() => null) : texts.map(decodedLine);
  const isCmcd = texts.length === 0 || texts.length > limits.events || lines.some((line) => line !== null);
  return isCmcd ? { lines, changed: [] } : undefined;
}

function decodedLine(line: string): Line {
  try {
    return decodeCmcd(line) as CmcdRecord;
  } catch {
    return null;
  }
}

interface Around {
  sessions: CmcdSessions;
  body: CmcdBody;
  events: Format<unknown>;
  context: Parameters<typeof mapCmcd>[2];
}

/** After a restart a player goes on with its session, and so must its states. */
async function recallAll(lines: Line[], project: string, { sessions, recall }: CmcdMemory): Promise<void> {
  const ids = new Set(lines.map((line) => (line === null ? null : cmcdSessionId(line))));
  const unknown = [...ids].filter((id) => id !== null && !sessions.has(keyOf(project, id)));
  const found = unknown.map(async (id) => {
    const session = await recall(project, id as string);
    // Another body may have been faster, and further.
    if (session !== null && !sessions.has(keyOf(project, id))) sessions.set(keyOf(project, id), session);
  });
  await Promise.all(found);
}

const keyOf = (project: string, sessionId: string | null): string => JSON.stringify([project, sessionId]);

/** A player does not take back one line of a body, nor send the others again: each line stands for itself. */
function checkedLine(line: Line, { sessions, body, events, context }: Around): Passed | Refused {
  if (line === null) return refused(1, "event_invalid", "a line is not CMCD");
  const key = keyOf(context.project, cmcdSessionId(line));
  const before = sessions.get(key) ?? null;
  const mapped = mapCmcd(line, before, context);
  if ("problem" in mapped) return refused(1, "event_invalid", mapped.problem);
  const batch = { schema_version: SCHEMA_VERSION, events: mapped.events };
  const result = events.check(batch, context.project, context.receivedMs);
  if (result.status !== 202) return { ...result, events: 1 };
  sessions.delete(key);
  sessions.set(key, mapped.session);
  body.changed.push({ key, before, after: mapped.session });
  const [oldest] = sessions.keys();
  if (sessions.size > MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
  return result;
}

/** What is good is kept, the other lines are counted; with no good one the body is refused by its first line. */
function together(lines: (Passed | Refused)[]): Passed | Refused {
  const good = lines.filter((line) => line.status === 202);
  const [first] = lines;
  if (good.length === 0 && first !== undefined && first.status !== 202) return { ...first, events: lines.length };
  const events = good.flatMap((line) => line.events);
  return { status: 202, events, boundaries: [], refusedEvents: lines.length - good.length };
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

function refused(events: number, error: Refused["body"]["error"], reason: string): Refused {
  return { status: 422, counter: events === 0 ? "none" : "invalid", events, body: { error, reason } };
}
