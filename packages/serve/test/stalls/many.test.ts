// Do a hundred viewers who stall at once cost one judgement, and make one incident, in little CPU time?
// SPDX-License-Identifier: MPL-2.0
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import { temporaryFolder } from "../helpers/folders.js";
import { windowOf } from "../helpers/pipeline.js";
import { storeWorker } from "../helpers/store-worker.js";
import { event, t0 } from "../store/build.js";
import { type Judging, judging, stalledAt } from "./judging.js";

const VIEWERS = 100;
/** An ordinary pipeline; its windows of the last two minutes are at hand. */
const ELEMENTS = 30;

async function playSlow({ windows, clock }: Judging, stream_id: string): Promise<void> {
  const beginMs = clock.nowMs - 120_000;
  const all = Array.from({ length: 61 }, (_, i) => {
    const fromMs = beginMs + 2000 * i;
    const made = windowOf(fromMs, i < 54 ? {} : { pace: 0.6, work: 1980 }, { stream_id });
    const [, encoder] = made.elements;
    const others = Array.from({ length: ELEMENTS - made.elements.length }, (_, n) => ({
      ...(encoder as NonNullable<typeof encoder>),
      ...{ path: `main/other${n}`, factory: "identity", own_ms: 5, cpu_ms: 5, feeds: ["main/sink"] },
    }));
    return { fromMs, more: { ...made, elements: [...made.elements, ...others] } };
  });
  await windows(all);
}

test(`${VIEWERS} stalls at once: one judgement, one incident`, async () => {
  const directory = temporaryFolder();
  const store = await openStore({ directory, worker: await storeWorker(), driver: "better-sqlite3" });
  onTestFinished(() => store.close());
  const one = judging(store);
  const { send, wait, clock, cases, told, stalls } = one;
  const used: number[] = [];
  for (const stream of ["warm", "warmer", "measured"]) {
    await playSlow(one, stream);
    const viewers = Array.from({ length: VIEWERS }, (_, i) => `${stream}-${i}`);
    await send(viewers.map((id) => event(id, { streamId: stream, clientMs: clock.nowMs })));
    cases.length = told.length = 0;
    const atMs = clock.nowMs - 1000;
    const events = viewers.map((id) => ({ ...stalledAt(id, atMs), streamId: stream }));
    await send(events);
    await stalls.attribution.recent.of("demo", stream);
    const before = process.cpuUsage();
    stalls.pump();
    await stalls.settled();
    const { user, system } = process.cpuUsage(before);
    used.push((user + system) / 1000);
    if (told.length === 0) await wait(5000);
    expect([cases.length, told.length]).toEqual([1, VIEWERS]);
    expect(told[0]).toMatchObject({ verdict: "element", element: { path: "main/enc" } });
    const incidents = await store.stalls.incidents("demo", { limit: 9, stream });
    expect(incidents.map(({ stalled, watching }) => [stalled, watching])).toEqual([[VIEWERS, VIEWERS]]);
  }
  console.log(
    `CPU milliseconds of judging ${VIEWERS} stalls of ${ELEMENTS} elements: ${used.map((ms) => ms.toFixed(1)).join(", ")}`,
  );
  expect(clock.nowMs).toBeGreaterThanOrEqual(t0);
});
