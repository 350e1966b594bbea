// What do a video and an hls.js look like to the adapter, when the test decides what they say?
// SPDX-License-Identifier: MIT
import { attachHlsJs } from "../../src/hls.js";
import { createTracker } from "../../src/index.js";
import { fakeService, options } from "./service.js";

type Listener = (event?: unknown, data?: unknown) => void;

export function fakePlayer() {
  const heard = new Map<string, Set<Listener>>();
  const on = (name: string, listener: Listener) => {
    heard.set(name, (heard.get(name) ?? new Set()).add(listener));
  };
  const off = (name: string, listener: Listener) => void heard.get(name)?.delete(listener);
  const buffered = { length: 1, start: () => 0, end: () => 12.5 };
  const video = {
    ...{ paused: false, seeking: false, ended: false, autoplay: true, readyState: 4, currentTime: 10, playbackRate: 1 },
    ...{ buffered, addEventListener: on, removeEventListener: off },
  };
  const hls = {
    ...{ latency: 6.5, playingDate: new Date(1_777_000_000_000), bandwidthEstimate: 5e6, on, off },
    levels: [{ bitrate: 800_000, width: 640, height: 360 }],
  };
  const say = (name: string, data?: unknown) => {
    for (const listener of [...(heard.get(name) ?? [])]) listener(name, data);
  };
  const service = fakeService(202);
  const tracker = createTracker({ ...options, transport: service.transport, batchSize: 100 });
  const detach = attachHlsJs(video as never, hls as never, tracker, { sampleIntervalMs: 0 });
  const listeners = () => [...heard.values()].reduce((sum, each) => sum + each.size, 0);
  const told = async () => {
    await tracker.flush();
    return service.acceptedEvents();
  };
  return { video, hls, say, tracker, detach, listeners, told };
}
