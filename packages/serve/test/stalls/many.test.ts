// Do a hundred viewers who stall at once cost one judgement, and make one incident, in little CPU time? And a thousand, told in any order, twice, or across a restart?
// SPDX-License-Identifier: MPL-2.0
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import type { SessionStore } from "../../src/store/port.js";
import { temporaryFolder } from "../helpers/folders.js";
import { windowOf } from "../helpers/pipeline.js";
import { storeWorker } from "../helpers/store-worker.js";
import { batch, event, t0 } from "../store/build.js";
import { windowRow } from "../store/build-stalls.js";
import { judging, playsAt, stalledAt } from "./judging.js";

const VIEWERS = 100;
/** An ordinary pipeline; its windows of the last two minutes are at hand. */
const ELEMENTS = 30;
const ROUNDS = 17;
/** Rounds in which code that never ran before is made ready. */
const WARM_UP = 4;

function slowWindows(nowMs: number, stream_id: string) {
  const beginMs = nowMs - 120_000;
  return Array.from({ length: 61 }, (_, i) => {
    const fromMs = beginMs + 2000 * i;
    const made = windowOf(fromMs, i < 54 ? {} : { pace: 0.6, work: 1980 }, { stream_id });
    const [, encoder] = made.elements;
    const others = Array.from({ length: ELEMENTS - made.elements.length }, (_, n) => ({
      ...(encoder as NonNullable<typeof encoder>),
      ...{ path: `main/other${n}`, factory: "identity", own_ms: 5, cpu_ms: 5, feeds: ["main/sink"] },
    }));
    return { fromMs, more: { ...made, elements: [...made.elements, ...others] } };
  });
}

async function fileStore(): Promise<SessionStore> {
  const directory = temporaryFolder();
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  onTestFinished(() => store.close());
  return store;
}

const viewersOf = (stream: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${stream}-${i}`);

/** Of all threads. */
async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** What the machine makes of a piece of work of the same kind: the windows of a stream, written and read. */
function pieceOfWork(): void {
  const rows = slowWindows(t0, "any").map(({ fromMs, more }) => windowRow(fromMs, more));
  JSON.parse(JSON.stringify(rows));
}

test(`${VIEWERS} stalls at once: one judgement, one incident, little CPU time`, async () => {
  const store = await fileStore();
  const one = judging(store);
  const { cases, told, stalls, clock } = one;
  const [used, pieces]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const stream = `stream-${round}`;
    const rows = slowWindows(clock.nowMs, stream).map(({ fromMs, more }) => windowRow(fromMs, more));
    await store.stalls.putWindows(rows.slice(-1)); // the others are at hand, as they are when they have just come in
    stalls.saw(rows);
    cases.length = told.length = 0;
    await one.send(
      viewersOf(stream, VIEWERS).map((id) => ({ ...stalledAt(id, clock.nowMs - 1000), streamId: stream })),
    );
    await stalls.attribution.recent.of("demo", stream);
    const piece = await cpuMs(pieceOfWork);
    const spent = await cpuMs(async () => {
      stalls.pump();
      await stalls.settled();
    });
    expect([cases.length, told.length]).toEqual([1, VIEWERS]);
    expect(told[0]).toMatchObject({ verdict: "element", element: { path: "main/enc" } });
    const incidents = await store.stalls.incidents("demo", { limit: 9, stream });
    expect(incidents.map(({ stalled, watching }) => [stalled, watching])).toEqual([[VIEWERS, VIEWERS]]);
    if (round < WARM_UP) continue;
    used.push(spent);
    pieces.push(piece);
  }
  const shown = (values: number[]): string => values.map((one) => one.toFixed(1)).join(" ");
  console.log(
    `CPU of ${VIEWERS} stalls, ${ELEMENTS} elements: median ${median(used).toFixed(1)} ms (${shown(used)}), of the piece of work ${median(pieces).toFixed(1)} ms (${shown(pieces)})`,
  );
  // Other programs make each round slower by another factor, and the piece beside it, too: the best pair is compared.
  expect(Math.min(...used.map((ms, round) => ms / (pieces[round] ?? 0)))).toBeLessThan(3);
});

test("a thousand stalls, in any order, some told twice, most of them not judged when the service ended, are one incident", async () => {
  const store = await fileStore();
  const first = judging(store);
  await first.windows(slowWindows(t0, "demo").slice(-30));
  const viewers = viewersOf("demo", 1000);
  const at = (i: number): number => t0 - 9000 + ((i * 7919) % 9000);
  const stalls = viewers.map((id, i) => ({ ...stalledAt(id, at(i)), sequence: 1 }));
  const ends = viewers.map((id, i) => ({ ...playsAt(id, at(i) + 3000, 3000), sequence: 2 }));
  await first.send(viewers.map((id) => event(id, { clientMs: t0 - 10_000, streamId: "demo", sequence: 0 })));
  await first.send(stalls.slice(0, 200));
  await first.wait(4000);
  expect(first.told.length).toBeGreaterThanOrEqual(200);
  for (let i = 200; i < 900; i += 50) {
    const events = [...stalls.slice(i, i + 50), ...ends.slice(i, i + 50)];
    await store.append(batch(events, { receivedMs: t0 + 4000 + i }));
  }
  const second = judging(store);
  second.clock.nowMs = t0 + 8000;
  await second.stalls.resume();
  await second.send([event("late", { clientMs: t0 + 8000, streamId: "demo", sequence: 0 })]); // by it the clocks are compared
  await second.send([...stalls.slice(900), ...stalls.slice(150, 250), ...ends.slice(900), ...ends.slice(0, 200)]);
  for (let ms = 0; ms < 30_000; ms += 2000) await second.wait(2000);
  const incidents = await store.stalls.incidents("demo", { limit: 9 });
  expect(incidents.map(({ stalled, worstMs, untilMs }) => [stalled, worstMs, untilMs !== null])).toEqual([
    [1000, 3000, true],
  ]);
  const { stalls: kept } = (await store.stalls.incident("demo", incidents[0]?.id ?? "")) ?? { stalls: [] };
  expect(new Set(kept.map(({ view }) => view.stall.session_id)).size).toBe(1000);
  expect(Object.keys(second.counted)).not.toContain("mtrace_stalls_dropped_total");
  expect(first.cases.length + second.cases.length, "stalls that are alike are judged once").toBeLessThan(200);
  // One that comes late, from between this incident and the next, joins the earlier one.
  const nextMs = t0 + 40_000;
  second.clock.nowMs = nextMs;
  await second.send([stalledAt("later", nextMs)]);
  await second.wait(4000);
  expect(await store.stalls.incidents("demo", { limit: 9 })).toHaveLength(2);
  await second.send([stalledAt("late", t0 + 12_000), playsAt("late", t0 + 13_000, 1000)]);
  await second.wait(20_000);
  const after = await store.stalls.incidents("demo", { limit: 9 });
  expect(after.map(({ stalled }) => stalled)).toEqual([1, 1001]);
});
