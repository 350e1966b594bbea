// Do the stored events of a CMCD session lead to where its player was, wherever the service was started anew?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { mapCmcd } from "../src/cmcd/map.js";
import { recallCmcd, type StoredReport } from "../src/cmcd/recall.js";
import type { CmcdSession } from "../src/cmcd/session.js";
import type { CmcdRecord } from "../src/cmcd/values.js";
import { readTimestamp } from "../src/timestamps.js";
import type { PlayerEvent } from "../src/wire.js";
import { seeded } from "./helpers/batches.js";
import { context, report } from "./helpers/cmcd-player.js";

type Mode = "event" | "request";
const stored = ({ event_name, client_timestamp, sequence_number, sdk, meta }: PlayerEvent): StoredReport => ({
  name: event_name,
  clientMs: readTimestamp(client_timestamp) ?? Number.NaN,
  sequence: sequence_number ?? null,
  sdk,
  meta: meta ?? null,
});

/** `cut`: before that report all is forgotten but the events; `kept`: so many of them are left. */
function lived(records: CmcdRecord[], mode: Mode, cut: number, kept = Number.POSITIVE_INFINITY): PlayerEvent[] {
  let session: CmcdSession | null = null;
  const events: PlayerEvent[] = [];
  for (const [index, record] of records.entries()) {
    if (index === cut) session = recallCmcd(events.map(stored).slice(-kept), events.length <= kept);
    const mapped = mapCmcd(record, session, { ...context, mode });
    if ("problem" in mapped) throw new Error(mapped.problem);
    session = mapped.session;
    events.push(...mapped.events);
  }
  return events;
}

function course(seed: number): CmcdRecord[] {
  const random = seeded(seed);
  let sn = 0;
  return Array.from({ length: 40 }, (_, index) => {
    const sta = [..."ssdprkprkppaef"][random(14)];
    const kind = random(5) === 0 ? ["t", "bc", "rr", "e", "pr"][random(5)] : "ps";
    // Now and then a page loads its playlist again, and its numbers begin anew.
    sn = random(15) === 0 ? 0 : sn + 1;
    const ts = 1_777_000_000_000 + index * 1500 - (kind === "rr" ? 400 : 0);
    return report(sn, { ts, ...(random(6) === 0 ? {} : { sta }), e: kind, ...(random(2) ? { pt: index * 1400 } : {}) });
  });
}

describe("a session goes on as if nothing had happened", () => {
  test.each(["event", "request"] as const)(
    "reported by %s: 30 courses, each cut before each of its reports",
    (mode) => {
      for (let seed = 1; seed <= 30; seed++) {
        const records = course(seed);
        const whole = lived(records, mode, -1);
        for (let cut = 1; cut < records.length; cut++)
          expect(lived(records, mode, cut), `seed ${seed}, cut ${cut}`).toEqual(whole);
      }
    },
  );

  test("of a long session the newest events are enough: no second start, the open stall ends", () => {
    const states = [..."sp", ..."rp".repeat(30), "r", "p"];
    const records = states.map((sta, index) => report(index, { sta }));
    expect(lived(records, "event", records.length - 1, 12)).toEqual(lived(records, "event", -1));
    expect(lived(records, "event", -1).at(-1)).toMatchObject({
      event_name: "rebuffer_ended",
      meta: { duration_ms: 1000 },
    });
  });

  test("a body that is sent again after the restart changes no state", () => {
    const records = [..."sprp"].map((sta, index) => report(index, { sta }));
    const events = lived([...records, ...records], "event", 4).slice(lived(records, "event", -1).length);
    for (const { event_name, meta } of events) expect([event_name, meta?.late]).toEqual(["cmcd_event", true]);
  });
});

test("what is not from CMCD tells nothing", () => {
  const sdk = { name: "gst-pyroscope-player", version: "1" };
  const other = { name: "rebuffer_started", clientMs: 1, sequence: 1, sdk, meta: null };
  expect([recallCmcd([], true), recallCmcd([other], true)]).toEqual([null, null]);
});
