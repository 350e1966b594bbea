// Are the stalls of all trials that were kept judged as they should be, and is what is kept of a trial enough to judge it again?
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { writeTimestamp } from "@gst-pyroscope/contract/timestamps";
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import type { Meta } from "@gst-pyroscope/contract/wire";
import { describe, expect, test } from "vitest";
import { judge } from "../../src/answer/judge.js";
import { fromColumns, toColumns } from "./columns.js";
import { keep, type Result } from "./keep-trial.js";
import { caseOf, gotOf, isAsExpected, keptTrials, unpacked } from "./kept-trial.js";
import { recorded } from "./recorded.js";

describe("of the trials with real pipelines and real players", () => {
  const all = keptTrials().map((trial) => ({ ...trial, now: gotOf(judge(caseOf(trial))) }));
  const shown = (some: typeof all) => some.map(({ id, now }) => `${id}: ${now.verdict} ${now.element ?? ""}`.trimEnd());

  test("there are some of each answer, and none is twice", () => {
    const answers = new Set(all.map(({ expect: { verdict } }) => verdict));
    expect([...answers].sort()).toEqual(expect.arrayContaining(["delivery", "element"]));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test("those that were judged rightly still are", () => {
    expect(shown(all.filter(({ wasRight, now, ...trial }) => wasRight && !isAsExpected(trial, now)))).toEqual([]);
  });

  test("none blames an element that is not at fault, but those that did at the time", () => {
    const blamed = ({ now, live, ...trial }: (typeof all)[number]) =>
      now.element !== null && !isAsExpected(trial, now) && now.element !== live.element;
    expect(shown(all.filter(blamed))).toEqual([]);
  });

  test("those that were judged wrongly are judged rightly, or as at the time", () => {
    const other = ({ wasRight, now, live, ...trial }: (typeof all)[number]) =>
      !wasRight && !isAsExpected(trial, now) && (now.verdict !== live.verdict || now.element !== live.element);
    expect(shown(all.filter(other))).toEqual([]);
  });
});

describe("what is kept", () => {
  test("in columns comes back as it was", () => {
    const some = [
      { a: 1, b: [], c: {}, d: [{ e: null }, { e: "x", f: [1, 2] }], "g.h": true },
      { a: 2, b: [1], c: { i: 0 }, d: [{ e: null }] },
      { a: 1, d: [] },
    ];
    const columns = toColumns(some);
    expect(fromColumns(JSON.parse(JSON.stringify(columns)))).toEqual(some);
    expect(toColumns([some[0] as object, some[0] as object]).each).toEqual({});
  });

  test.each(["encoder-lock", "process-killed", "source-held", "host-burners"])("%s: has the same answer", (name) => {
    const { result, recording } = asTrial(name);
    const found = keep(result, recording, []);
    expect([found.whole, found.kept]).toEqual([found.live, found.live]);
    const { windows, stall } = unpacked(JSON.parse(JSON.stringify(found.packed)));
    expect(windows.length).toBeGreaterThan(8);
    expect(windows.length).toBeLessThanOrEqual(recording.windows.length);
    expect(stall).toMatchObject({ session_id: "viewer", atMs: Date.parse(result.final.stall.at) });
  });

  test.each(["encoder-lock", "host-burners"])("%s: of events that ended before the stall, as well", (name) => {
    const { result, recording } = asTrial(name);
    for (const session of [{ events: recording.session.events.slice(0, 1) }, null]) {
      const { live, whole, kept } = keep(result, { ...recording, session }, []);
      expect([whole, kept]).toEqual([live, live]);
    }
  });
});

/** As the trials' runner has it: events of a session, and the service's answer. */
function asTrial(name: string) {
  const file = new URL(`recorded/${name}.json.gz`, import.meta.url);
  const told = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    stall: { at: string; segment_ms: number; meta: Meta };
    windows: PipelineWindow[];
  };
  const input = recorded(name, 2400);
  const answer = judge(input);
  const atMs = Date.parse(told.stall.at);
  const event = (event_name: string, ms: number, ingest_sequence: number, meta: Meta) => ({
    ...{ event_name, meta, ingest_sequence, session_id: "s" },
    ...{ client_timestamp: writeTimestamp(ms - 1_000_000), server_received_at: writeTimestamp(ms) },
  });
  const events = [
    event("segment_loaded", atMs - 3000, 1, { frag_duration_ms: told.stall.segment_ms }),
    event("rebuffer_started", atMs, 2, told.stall.meta),
  ];
  const { bufferEndMs } = input.stall;
  const buffer_end_program_time = bufferEndMs === null ? null : writeTimestamp(bufferEndMs);
  const stall = { session_id: "s", stream_id: "demo", at: told.stall.at, lasted_ms: 2400, buffer_end_program_time };
  const final = { ...answer, stall } as unknown as StallView;
  const expected = { verdict: answer.verdict };
  const result: Result = { id: name, expect: expected, outcome: "right", stall: final, final };
  return { result, recording: { windows: told.windows, session: { events } } };
}
