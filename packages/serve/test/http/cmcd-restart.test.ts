// Does a CMCD player whose service is started anew go on with its session: no state told twice, no end of a stall lost?
// SPDX-License-Identifier: MPL-2.0
import { expect, onTestFinished, test } from "vitest";
import { folder, removeFolder, type Started, start, TOKEN } from "../helpers/service.js";

const SECOND = 1000;
const began = Date.now() - 60 * SECOND;

/** Each report a second after the one before. */
const line = (sn: number, more: string): string =>
  `cid="demo",e=ps,${more},sid="goes-on",sn=${sn},ts=${began + sn * SECOND},v=2`;

async function send(service: Started, ...lines: string[]): Promise<void> {
  const answer = await fetch(`${service.url}/api/cmcd?token=${TOKEN}`, { method: "POST", body: lines.join("\n") });
  expect(answer.status).toBe(202);
}

interface Event {
  event_name: string;
  ingest_sequence: number;
  meta: Record<string, unknown>;
}

async function told(service: Started): Promise<Event[]> {
  const { events } = await (await service.get("/api/stream-sessions/goes-on")).json();
  return (events as Event[]).sort((a, b) => a.ingest_sequence - b.ingest_sequence);
}

test.each(["SIGTERM", "SIGKILL"] as const)("after %s in the middle of a stall", async (signal) => {
  const dataDir = folder();
  onTestFinished(() => removeFolder(dataDir));
  const first = await start({ dataDir });
  await send(first, line(1, "sta=s"), line(2, "sta=p"), line(3, "bl=0,sta=r"));
  await first.stop(signal);
  const second = await start({ dataDir });
  // The last report again, whose answer the player may not have got, then what comes next.
  await send(second, line(3, "bl=0,sta=r"));
  await send(second, line(4, "sta=r,bl=0"), line(7, "sta=p"), line(8, "sta=p,bl=2000"));
  const events = await told(second);
  expect(events.map(({ event_name }) => event_name)).toEqual([
    ...["playback_requested", "playback_started", "startup_time_measured", "rebuffer_started"],
    ...["cmcd_event", "cmcd_event", "rebuffer_ended", "cmcd_event"],
  ]);
  expect(events.find(({ event_name }) => event_name === "rebuffer_ended")?.meta.duration_ms).toBe(4 * SECOND);
  await second.stop();
});
