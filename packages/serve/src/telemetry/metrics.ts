// What does /api/metrics show? Counters with the names of the contract: none but that of verdicts has a label, each is one series.
// SPDX-License-Identifier: MPL-2.0
import { type Verdict, verdicts } from "@gst-pyroscope/contract/window";
import type { CheckedEvent } from "@gst-pyroscope/contract/wire";
import { Counter, Gauge, Registry } from "prom-client";

const counters = {
  mtrace_playback_events_total: "Events that were accepted and stored",
  mtrace_invalid_events_total: "Events of batches that were refused because something in them is not allowed",
  mtrace_rate_limited_events_total: "Events of batches that were refused because too many came",
  mtrace_dropped_events_total: "Events of batches that were refused because the store could take no more",
  mtrace_playback_errors_total: "Accepted events playback_error",
  mtrace_rebuffer_events_total: "Accepted events rebuffer_started: playback stopped for want of data",
  mtrace_api_requests_total: "Requests below /api/",
  mtrace_api_batches_received: "Batches that were received, before any check",
  mtrace_time_skewed_events_total: "Accepted events whose client's clock differs by more than 60 s",
  mtrace_sample_rate_drifts_total: "Accepted events whose sample rate differs from that of their session",
  mtrace_duplicate_events_total: "Accepted events with a sequence number that their session had already",
  mtrace_cookies_ignored_total: "Requests to send events that came with a cookie, which is never looked at",
  mtrace_origins_refused_total: "Preflights and batches that were refused because pages of their origin may not send",
  mtrace_tokens_refused_total: "Batches that were refused because their token is missing, unknown or may not send",
  mtrace_stream_frames_lost_total: "Frames of live streams that a subscriber was too slow for",
  mtrace_pipeline_windows_total: "Windows of pipelines that were accepted and stored",
  mtrace_invalid_windows_total: "Windows that were refused because something in them is not allowed",
  mtrace_rate_limited_windows_total: "Windows that were refused because too many came",
  mtrace_dropped_windows_total: "Windows that were refused because the store could take no more",
  mtrace_stalls_dropped_total:
    "Stalls that were not judged: more came than can wait, or of more streams without a pipeline than are kept",
} as const;

export type CounterName = keyof typeof counters;

export interface GaugeSources {
  activeSessions: () => Promise<number>;
  subscribers: () => number;
}

export class Metrics {
  readonly #registry = new Registry();
  /** A label on one of them does not compile. */
  readonly #counters: Record<CounterName, Counter<never>>;
  readonly #startup: Gauge<never>;
  readonly #attributed: Counter<"verdict">;
  readonly #values = new Map<CounterName, number>();

  constructor(sources: GaugeSources) {
    const registers = [this.#registry];
    const made = Object.entries(counters).map(([name, help]) => [name, new Counter<never>({ name, help, registers })]);
    this.#counters = Object.fromEntries(made);
    const help = "Milliseconds from the start to the first picture, of the last viewer who reported it";
    this.#startup = new Gauge<never>({ name: "mtrace_startup_time_ms", help, registers });
    const attributed = {
      name: "mtrace_stalls_attributed_total",
      help: "Stalls of viewers by what was found to be the cause",
    };
    this.#attributed = new Counter({ ...attributed, labelNames: ["verdict"], registers });
    for (const verdict of verdicts) this.#attributed.inc({ verdict }, 0);
    new Gauge<never>({
      name: "mtrace_active_sessions",
      help: "Sessions that sent an event within the last 60 s and did not end",
      registers,
      async collect() {
        this.set(await sources.activeSessions());
      },
    });
    new Gauge<never>({
      name: "mtrace_stream_subscribers",
      help: "Open live streams",
      registers,
      collect() {
        this.set(sources.subscribers());
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  add(name: CounterName, count = 1): void {
    if (count === 0) return;
    this.#counters[name].inc(count);
    this.#values.set(name, (this.#values.get(name) ?? 0) + count);
  }

  attributed(verdict: Verdict): void {
    this.#attributed.inc({ verdict });
  }

  accepted(events: CheckedEvent[]): void {
    const named = (name: string): number => events.filter((event) => event.name === name).length;
    this.add("mtrace_playback_events_total", events.length);
    this.add("mtrace_playback_errors_total", named("playback_error"));
    this.add("mtrace_rebuffer_events_total", named("rebuffer_started"));
    this.add("mtrace_time_skewed_events_total", events.filter(({ skewed }) => skewed).length);
    for (const { name, meta } of events) {
      const duration = name === "startup_time_measured" ? meta?.duration_ms : undefined;
      if (typeof duration === "number" && duration >= 0) this.#startup.set(duration);
    }
  }

  /** For the page of the service's state. */
  values(): Record<CounterName, number> {
    const names = Object.keys(counters) as CounterName[];
    return Object.fromEntries(names.map((name) => [name, this.#values.get(name) ?? 0])) as Record<CounterName, number>;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
