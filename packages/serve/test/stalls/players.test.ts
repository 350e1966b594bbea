// Whose playback has failed and not begun again, by what the player told, and until when is it shown?
// SPDX-License-Identifier: MPL-2.0
import type { Meta } from "@gst-pyroscope/contract/wire";
import { expect, test } from "vitest";
import { Players } from "../../src/stalls/players.js";
import { batch, event, t0 } from "../store/build.js";

type Told = [name: string, meta?: Meta];
const fatal: Told = ["playback_error", { fatal: true, error_code: "bufferAppendError" }];

/** One event a second. */
function told(...events: Told[]): Players {
  const players = new Players();
  const all = events.map(([name, meta = {}], second) => event("s", { name, meta, clientMs: t0 + 1000 * second }));
  const player = players.take(batch(all, { receivedMs: t0 })).get("s");
  for (const [second, one] of all.entries()) player?.take(one, t0 + 1000 * second);
  return players;
}

test.each<[what: string, events: Told[], failedAt: number[]]>([
  ["a fatal error", [["playback_started"], fatal], [1]],
  ["another error", [["playback_error", { fatal: false }]], []],
  ["a fatal error in a stall, whose end is told after it", [["rebuffer_started"], fatal, ["rebuffer_ended"]], [1]],
  ["the picture that stands then", [fatal, ["playback_paused"], ["metrics_sampled", { player_state: "paused" }]], [0]],
  ["the second of two", [fatal, fatal], [0]],
  ["playback that begins anew", [fatal, ["playback_started"]], []],
  ["a sample that plays", [fatal, ["metrics_sampled", { player_state: "playing" }]], []],
  ["CMCD's state of a failure", [["metrics_sampled", { cmcd_sta: "f" }]], [0]],
  [
    "CMCD's state of playing after it",
    [
      ["metrics_sampled", { cmcd_sta: "f" }],
      ["metrics_sampled", { cmcd_sta: "p" }],
    ],
    [],
  ],
  ["the end of the session", [fatal, ["session_ended"]], []],
])("%s", (_, events, failedAt) => {
  const failed = told(...events).failed("demo", t0 + 20_000);
  expect(failed.map(({ broken }) => ((broken?.atMs ?? 0) - t0) / 1000)).toEqual(failedAt);
});

test("the player's own word is kept, another project sees nothing, and after five minutes it is past", () => {
  const players = told(fatal);
  expect(players.failed("demo", t0 + 300_000).map(({ broken }) => broken?.code)).toEqual(["bufferAppendError"]);
  expect(players.failed("other", t0)).toEqual([]);
  expect(players.failed("demo", t0 + 300_001)).toEqual([]);
});
