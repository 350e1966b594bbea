// What becomes of an event between the player's call and the queue, and when does a session end?
// SPDX-License-Identifier: MIT
import { cleanMeta } from "./clean-meta.js";
import type { Settings } from "./options.js";
import { Sender } from "./sender.js";
import type { AbsenceReason, Meta, NetworkKind, Tracker, TrackerStats } from "./types.js";
import { sdk } from "./version.js";

const MOST_NAME = 128;

export class SessionTracker implements Tracker {
  readonly sessionId: string;
  readonly #settings: Settings;
  readonly #sender: Sender;
  readonly #origin: string;
  /** For the whole session: a part of a session would tell nothing. */
  readonly #inSample: boolean;
  #sequence = 0;
  #sampledOut = 0;
  #faults = 0;
  #ended: Promise<void> | undefined;
  #sessionEnded = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.sessionId = settings.sessionId;
    this.#sender = new Sender(settings);
    this.#inSample = settings.sampleRate === 1 || Math.random() < settings.sampleRate;
    this.#origin = new Date(Date.now() - sinceOpenedMs()).toISOString();
    if (typeof addEventListener === "function") addEventListener("pagehide", this.#onPageHide);
  }

  track(name: string, meta: Meta = {}, atMs: number = Date.now()): void {
    this.#safely(() => {
      if (this.#sessionEnded || typeof name !== "string" || name.trim() === "") return;
      if (name === "session_ended") this.#sessionEnded = true;
      else if (!this.#inSample) {
        this.#sampledOut++;
        return;
      }
      this.#sender.push(this.#eventOf(name.slice(0, MOST_NAME), meta, atMs));
    });
  }

  signalAbsent(kind: NetworkKind, adapter: "hls.js" | "native_hls" | "unknown", reason: AbsenceReason): void {
    if (this.#sessionEnded || !this.#inSample) return;
    this.#sender.pushBoundary({
      kind: "network_signal_absent",
      project_id: this.#settings.projectId,
      session_id: this.sessionId,
      network_kind: kind,
      adapter,
      reason,
      client_timestamp: new Date().toISOString(),
    });
  }

  flush(): Promise<void> {
    return this.#sender.flush().catch(() => this.#fault());
  }

  stats(): TrackerStats {
    const { queued, sent, queue } = this.#sender;
    return { queued, sent, dropped: queue.dropped, sampledOut: this.#sampledOut, faults: this.#faults };
  }

  destroy(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.track("session_ended", { reason: "destroyed" });
    await this.#sender.finish().catch(() => this.#fault());
    if (typeof removeEventListener === "function") removeEventListener("pagehide", this.#onPageHide);
  }

  /** A page that the browser keeps, to come back to it, has not ended its session. */
  readonly #onPageHide = (event: { persisted?: boolean }): void => {
    this.#safely(() => {
      const forEver = event.persisted !== true;
      if (forEver) this.track("session_ended", { reason: "pagehide" });
      this.#sender.leave(forEver);
    });
  };

  #eventOf(name: string, meta: Meta, atMs: number) {
    const { projectId, streamId, sampleRate } = this.#settings;
    return {
      event_name: name,
      project_id: projectId,
      session_id: this.sessionId,
      client_timestamp: new Date(atMs).toISOString(),
      client_time_origin: this.#origin,
      meta: cleanMeta({
        ...(streamId && { stream_id: streamId }),
        ...(sampleRate < 1 && { session_sample_rate: sampleRate }),
        ...meta,
      }),
      sdk,
      sequence_number: this.#sequence++,
    };
  }

  #safely(work: () => void): void {
    try {
      work();
    } catch {
      this.#fault();
    }
  }

  #fault(): void {
    this.#faults++;
  }
}

function sinceOpenedMs(): number {
  return typeof performance === "object" ? performance.now() : 0;
}
