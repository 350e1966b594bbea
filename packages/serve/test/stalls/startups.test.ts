// Does a service that starts anew still know how long the viewers of a stream usually wait for their first picture?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { batch, event, t0 } from "../store/build.js";
import { type Judging, judging } from "./judging.js";

const begins = (id: string, duration_ms: number, streamId: string | null = "demo") =>
  event(id, { name: "startup_time_measured", clientMs: t0, streamId, meta: { duration_ms } });
const manifest = (id: string) =>
  event(id, {
    ...{ name: "manifest_loaded", clientMs: t0, streamId: null },
    meta: { "network.redacted_url": "https://a.example/live/demo.m3u8" },
  });

/** Ten minutes later, in another process with the same store. */
async function restarted({ store }: Judging): Promise<Judging> {
  const second = judging(store);
  second.clock.nowMs = t0 + 600_000;
  await second.stalls.resume();
  return second;
}

const longOnes = ({ told }: Judging) => told.map(({ stall }) => [stall.session_id, stall.lasted_ms]);

async function first(): Promise<Judging> {
  const one = judging();
  await one.windows([0, 1, 2, 3].map((place) => ({ fromMs: t0 - 8000 + 2000 * place })));
  return one;
}

test("from what players told before, each stream by itself", async () => {
  const one = await first();
  await one.send([900, 1000, 1100, 1200].map((ms, i) => begins(`s${i}`, ms)));
  await one.send([begins("fifth", 1300), begins("other", 90, "other")]);
  const second = await restarted(one);
  await second.send([begins("usual", 2100), begins("long", 3000), begins("foreign", 9000, "other")]);
  await second.wait(10_000);
  expect(longOnes(second)).toEqual([["long", 3000]]);
});

test("of players that only their manifest's path places, too", async () => {
  const one = await first();
  const players = [900, 1000, 1100, 1200, 1300].map((ms, i) => [manifest(`s${i}`), begins(`s${i}`, ms, null)]);
  await one.send(players.flat());
  const second = await restarted(one);
  await second.send([begins("long", 3000)]);
  await second.wait(10_000);
  expect(longOnes(second)).toEqual([["long", 3000]]);
});

test("with fewer than five it stays unknown, and one that was not judged when the service ended counts once", async () => {
  const one = await first();
  await one.send([900, 1000, 1100].map((ms, i) => begins(`s${i}`, ms)));
  await one.store.append(batch([begins("unjudged", 1000)], { receivedMs: t0 + 595_000 }));
  const second = await restarted(one);
  await second.send([begins("fifth", 9000)]);
  await second.wait(10_000);
  expect(longOnes(second)).toEqual([]);
  await second.send([begins("sixth", 9000)]);
  await second.wait(10_000);
  expect(longOnes(second)).toEqual([["sixth", 9000]]);
});
