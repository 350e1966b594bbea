// What was known of a stall that was recorded with a real pipeline and a real player?
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import type { Meta } from "@gst-pyroscope/contract/wire";
import type { StallCase } from "../../src/answer/stall-case.js";
import { knownStall } from "../../src/stalls/known-stall.js";
import { chainOf, piecesOf } from "../../src/stalls/pipelines.js";
import { Player } from "../../src/stalls/player.js";
import { newStall } from "../../src/stalls/stall.js";

interface Recording {
  /** What the player told with `rebuffer_started`. */
  stall: { at: string; segment_ms: number; meta: Meta };
  windows: PipelineWindow[];
}

/** As the service makes it; each window came when it ended. */
export function recorded(name: string, lastedMs: number | null = null): StallCase {
  const file = new URL(`recorded/${name}.json.gz`, import.meta.url);
  const { stall, windows } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recording;
  const player = new Player("demo", "viewer");
  player.mediaMs = stall.segment_ms;
  const atMs = Date.parse(stall.at);
  const begun = newStall(player, 1, atMs, stall.meta, atMs + 1000);
  const rows = windows.map((window) => {
    const [fromMs, toMs] = [Date.parse(window.from), Date.parse(window.to)];
    return { project: "demo", window, ownFromMs: fromMs, fromMs, toMs, receivedMs: toMs, offsetMs: 0 };
  });
  return {
    stall: knownStall({ ...begun, lastedMs }, "demo", 0),
    pipelines: chainOf(piecesOf(rows), [], {}),
    troubled: [],
    segmentWasReady: null,
    nowMs: Math.max(atMs, rows.at(-1)?.toMs ?? 0) + 500,
  };
}
