// What does the CMCD controller of hls.js itself report of a video's life, and is it read as what the viewer saw?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { batch, check } from "./helpers/batches.js";
import { decoded, mapAll, names } from "./helpers/cmcd-player.js";

/** Private in hls.js: what its own events call. */
interface Controller {
  onManifestLoading(event: string, data: object): void;
  onMediaAttaching(event: string, data: { media: EventTarget }): void;
  onError(event: string, data: { fatal: boolean; details: string }): void;
  recordFragmentResponse(url: string, response: { code: number }, stats: object): void;
}

async function realHls(bodies: string[]) {
  Object.assign(globalThis, { self: globalThis }); // hls.js looks for a window when it is loaded
  const { default: Hls } = await import("hls.js");
  const loader = async ({ body }: { body?: unknown }) => {
    bodies.push(String(body));
    return { status: 200 };
  };
  const eventTargets = [{ url: "http://127.0.0.1/api/cmcd", events: ["ps", "bc", "e", "t", "rr"] }];
  const hls = new Hls({ cmcd: { version: 2, contentId: "demo", eventTargets, loader } as never });
  return { hls, controller: (hls as unknown as { cmcdController: Controller }).cmcdController };
}

test("a stall with a jump, a stall, a seek that waits, a pause, an answer, an error", async () => {
  const bodies: string[] = [];
  const { hls, controller } = await realHls(bodies);
  const more = {
    autoplay: true,
    paused: false,
    playbackRate: 1,
    ended: false,
    currentTime: 0,
    buffered: { length: 0 },
  };
  const media = Object.assign(new EventTarget(), more);
  controller.onManifestLoading("", {});
  controller.onMediaAttaching("", { media });
  const life = [
    "playing",
    "waiting",
    "seeking",
    "seeked",
    "playing",
    "waiting",
    "playing",
    "seeking",
    "waiting",
    "seeked",
  ];
  for (const name of [...life, "playing", "pause"]) media.dispatchEvent(new Event(name));
  const loading = { start: 1, first: 5, end: 9 };
  controller.recordFragmentResponse("http://127.0.0.1/seg7.ts?token=1&CMCD=x", { code: 200 }, { loading, total: 100 });
  controller.onError("", { fatal: true, details: "bufferStalledError" });
  await expect.poll(() => bodies.some((body) => body.includes("e=e,"))).toBe(true);
  hls.destroy();

  const events = mapAll(decoded(bodies));
  expect(names(events).filter((name) => name !== "metrics_sampled")).toEqual([
    ...["preload_started", "playback_requested", "playback_started", "startup_time_measured"],
    ...["rebuffer_started", "rebuffer_nudged", "rebuffer_ended", "rebuffer_started", "rebuffer_ended"],
    ...[
      "seek_started",
      "cmcd_event",
      "seek_ended",
      "playback_paused",
      "segment_loaded",
      "playback_error",
      "cmcd_error",
    ],
  ]);
  const answer = events.find(({ event_name }) => event_name === "segment_loaded");
  expect(answer?.meta).toMatchObject({
    "network.redacted_url": "http://127.0.0.1/seg7.ts",
    frag_load_ms: 8,
    cmcd_rc: 200,
  });
  expect(events.find(({ event_name }) => event_name === "cmcd_error")?.meta?.error_code).toBe("bufferStalledError");
  expect(events.every(({ meta }) => meta?.stream_id === "demo")).toBe(true);
  expect(check(batch(events)).status).toBe(202);
});
