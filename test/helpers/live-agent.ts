// How does a test look at a live page without a pipeline? The agent's own server and routes, on targets whose windows the test makes.

import { readCapture } from "../../src/capture/reader.js";
import { liveFiles } from "../../src/installation.js";
import { layoutRoutes } from "../../src/live/layout-routes.js";
import type { LiveRange, LiveTarget, SettingResult, StripEntry, TargetStatus } from "../../src/live/live-target.js";
import { liveRoutes } from "../../src/live/routes.js";
import { Views } from "../../src/live/views.js";
import { silentLog } from "../../src/log.js";
import type { Recording } from "../../src/model/recording.js";
import { LivePage } from "../../src/server/live-page.js";
import { type SampleElement, sampleCapture, writeSample } from "./sample-capture.js";
import { scratch } from "./scratch.js";

export const recordingOf = async (elements: readonly SampleElement[]): Promise<Recording> =>
  readCapture(await writeSample(scratch(), sampleCapture("pipeline0", elements)));

export class SampleTarget implements LiveTarget {
  readonly saved: (LiveRange | undefined)[] = [];
  state: TargetStatus["state"] = "running";
  losses: Record<string, number> = {};
  enabled = true;
  watchers = 0;
  /** Windows; older ones go. */
  kept = Number.POSITIVE_INFINITY;
  #count = 0;
  readonly #windows: StripEntry[] = [];
  readonly #listeners = new Set<() => void>();

  /** `seen`: what a range of it holds; undefined: everything. `window`: the number of windows so far. */
  constructor(
    readonly id: number,
    readonly service: string,
    private readonly seen: (range: LiveRange | undefined, windows: number) => Recording,
  ) {}

  /** So many seconds go by. */
  tick(seconds = 1): void {
    for (let i = 0; i < seconds; i++) {
      const n = this.#count++;
      const cpuNs = 1e9 * (1.2 + Math.sin(n / 9) + (n % 40 < 6 ? 1.5 : 0));
      this.#windows.push({ atNs: n * 1e9, durationNs: 1e9, cpuNs, buffers: 300 + (n % 7) * 20 });
      if (this.#windows.length > this.kept) this.#windows.shift();
    }
    this.#tell();
  }

  end(): void {
    this.state = "ended";
    this.#tell();
  }

  get ended(): boolean {
    return this.state === "ended";
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** That went by. */
  get seconds(): number {
    return this.#count;
  }

  status(): TargetStatus {
    const settings = { enabled: this.enabled, sampleRate: 100, wallRate: 20, timing: "wrap" };
    return {
      ...{
        id: this.id,
        pid: 4200 + this.id,
        service: this.service,
        command: "gst-launch-1.0 …",
        pipelines: ["pipeline0"],
      },
      ...{ startTime: "2026-09-21T14:13:20.000Z", uptimeNs: this.#count * 1e9, state: this.state },
      ...{ samples: 100 * this.#count, losses: this.losses, settings },
    };
  }

  watch(): () => void {
    this.watchers++;
    return () => {
      this.watchers--;
    };
  }

  recording = (range?: LiveRange): Recording => this.seen(range, this.#count);
  strip = (): StripEntry[] => [...this.#windows];
  newest = (): StripEntry | undefined => this.#windows.at(-1);

  onWindow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set = (): SettingResult[] => [];

  async save(range?: LiveRange): Promise<string> {
    this.saved.push(range);
    return "/srv/captures/gst-pyroscope-20260921T141320Z-1";
  }
}

export interface LiveAgent {
  page: LivePage;
  /** With the token. */
  url: string;
  targets: SampleTarget[];
}

export async function openLiveAgent(targets: SampleTarget[], port = 0): Promise<LiveAgent> {
  // A window is a second, however fast the test makes them, and nothing costs anything.
  const now = () => targets.reduce((ms, target) => ms + 1000 * target.seconds, 0);
  const views = new Views({ now, cpu: () => 0 });
  const page = new LivePage({
    ...{ port, address: "127.0.0.1", password: "", tlsCert: "", tlsKey: "", files: liveFiles, log: silentLog },
    routes: async () =>
      liveRoutes(() => targets, "1.2.3", views).route(
        "/",
        layoutRoutes(() => targets),
      ),
  });
  return { page, url: (await page.opened) ?? "", targets };
}
