// Does a search over sessions find all that match, in few questions, and does a range or a text pick the right events?
import type { EventView, SessionView } from "@gst-pyroscope/contract/wire";
import { describe, expect, test } from "vitest";
import { chosenOf } from "../../src/ui/chosen-events.js";
import { lanesIn, lanesOf, pointsIn } from "../../src/ui/lanes.js";
import { fieldMs, fieldText, rangeOf, timeValue } from "../../src/ui/range.js";
import { type AskPage, findSessions } from "../../src/ui/sessions-search.js";

const START = Date.parse("2026-04-28T12:00:00Z");
const anyTime = { from: undefined, until: undefined };

/** Newest first, one each second. */
function sessions(count: number, more: (index: number) => Partial<SessionView>): SessionView[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ session_id: `s-${index}`, project_id: "demo", state: "ended" as const, end_source: null, event_count: 1 },
    ...{ correlation_id: "c", network_signal_absent: [], last_event_at: "" },
    started_at: new Date(START - index * 1000).toISOString(),
    ...more(index),
  }));
}

function asking(all: SessionView[]): { ask: AskPage; asked: number[] } {
  const asked: number[] = [];
  const ask: AskPage = async (limit, cursor) => {
    asked.push(limit);
    const end = Number(cursor ?? 0) + limit;
    const page = { sessions: all.slice(Number(cursor ?? 0), end) };
    return end < all.length ? { ...page, next_cursor: String(end) } : page;
  };
  return { ask, asked };
}

const idsOf = (found: { sessions: SessionView[] }): string[] => found.sessions.map(({ session_id }) => session_id);

describe("a search", () => {
  const rare = (index: number) =>
    index % 3000 === 2999 ? { session_id: `Rare-${index}` } : { stream_id: "Studio One" };
  const all = sessions(9000, rare);

  test("finds the begin of an identifier wherever it is, in one question per thousand", async () => {
    const { ask, asked } = asking(all);
    const found = await findSessions({ ...anyTime, text: "rare" }, undefined, ask);
    expect(idsOf(found)).toEqual(["Rare-2999", "Rare-5999", "Rare-8999"]);
    expect([found.searched, found.next_cursor, asked.length]).toEqual([9000, undefined, 9]);
  });

  test("page by page finds each match once, and never more than a table can show", async () => {
    const { ask } = asking(all);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const found = await findSessions({ ...anyTime, text: "studio" }, cursor, ask);
      expect(found.sessions.length).toBeLessThanOrEqual(200);
      seen.push(...idsOf(found));
      cursor = found.next_cursor;
    } while (cursor !== undefined);
    expect([seen.length, new Set(seen).size]).toEqual([8997, 8997]);
  });

  test("of a range ends where sessions are older than it", async () => {
    const { ask, asked } = asking(all);
    const range = { from: START - 2_510_000, until: START - 2_500_000 };
    expect(idsOf(await findSessions({ ...range, text: "" }, undefined, ask))).toHaveLength(11);
    expect(asked).toEqual([1000, 1000, 1000]);
  });

  test("stops after ten questions and tells where to go on", async () => {
    const { ask, asked } = asking(sessions(30_000, () => ({})));
    const found = await findSessions({ ...anyTime, text: "nothing" }, undefined, ask);
    expect([asked.length, found.searched, found.next_cursor]).toEqual([10, 10_000, "10000"]);
  });

  test("without a filter is one small question", async () => {
    const { ask, asked } = asking(all);
    expect(idsOf(await findSessions({ ...anyTime, text: "" }, "100", ask))).toHaveLength(100);
    expect(asked).toEqual([100]);
  });
});

const events: EventView[] = ["playback_started", "metrics_sampled", "rebuffer_started", "rebuffer_ended"].map(
  (event_name, index) => ({
    ...{ event_name, project_id: "demo", session_id: "s", correlation_id: "c", delivery_status: "accepted" as const },
    sdk: { name: "test", version: "1" },
    client_timestamp: new Date(START + index * 10_000).toISOString(),
    server_received_at: new Date(START + index * 10_000 + 500).toISOString(),
    ingest_sequence: index + 1,
    meta: { buffer_ms: index * 1000, note: `Field ${index}` },
  }),
);
const namesOf = (chosen: EventView[]): string[] => chosen.map(({ event_name }) => event_name);

describe("a range", () => {
  test("is read from the address and written to it; nonsense is no range", () => {
    const query = new URLSearchParams({ from: timeValue(START), until: "yesterday" });
    expect(rangeOf(query)).toEqual({ from: START, until: undefined });
    expect(fieldMs(fieldText(START + 999))).toBe(START);
    expect([fieldText(undefined), fieldMs("")]).toEqual(["", undefined]);
  });

  test("picks the events that happened in it, by the service's clock", () => {
    const range = { from: START + 10_000, until: START + 21_000 };
    expect(namesOf(chosenOf(events, { range, onlyProblems: false, text: "" }))).toEqual([
      "metrics_sampled",
      "rebuffer_started",
    ]);
  });

  test("cuts states and points; one outside of the session changes nothing", () => {
    const lanes = lanesOf(events, false, START);
    const cut = lanesIn(lanes, { from: START + 15_000, until: START + 25_000 });
    expect(cut.states.map(({ state, from, to }) => [state, to - from])).toEqual([
      ["playing", 5.5],
      ["stalled", 4.5],
    ]);
    expect(pointsIn(cut.buffer, cut.from, cut.to).map(([, value]) => value)).toEqual([2]);
    expect(lanesIn(lanes, { from: START + 1e9, until: undefined })).toEqual(lanes);
  });
});

test("a text picks events by their names and fields, in any case", () => {
  const choice = { range: anyTime, onlyProblems: false };
  expect(namesOf(chosenOf(events, { ...choice, text: "REBUFFER" }))).toEqual(["rebuffer_started", "rebuffer_ended"]);
  expect(namesOf(chosenOf(events, { ...choice, text: "field 1" }))).toEqual(["metrics_sampled"]);
  expect(namesOf(chosenOf(events, { ...choice, onlyProblems: true, text: "" }))).toEqual(["rebuffer_started"]);
});
