// How does a capture grow on disk so that it can be read at any instant? Whole files by rename, lines by appending.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import type { RecordedWindow } from "../model/recorded-windows.js";
import type { ModuleNames, RecordedTopology } from "../model/recording.js";
import type { SegmentState } from "../model/segment-state.js";
import { type ClaimRequest, claimDirectory, clearCapture, clearParts, releaseDirectory } from "./claim.js";
import { CaptureError, systemCode } from "./errors.js";
import { type AgentState, type CaptureFacts, type CaptureFile, captureFiles, type ProfileInfo } from "./format.js";
import {
  type CaptureLimits,
  captureLosses,
  defaultLimits,
  lagNs,
  metricsShare,
  profilesShare,
  windowsShare,
} from "./limits.js";
import { MetricsLog } from "./metrics-log.js";
import type { OwnFolder } from "./own-folder.js";
import { ProfileStore } from "./profile-store.js";
import { SpanLog } from "./span-log.js";
import { resumable, startFile, updateFile, updateLosses } from "./state.js";
import { WindowLog } from "./window-log.js";

/** The last word of the agent about one process. */
export interface LastSnapshot {
  topology: RecordedTopology;
  cells: readonly CellSnapshot[];
  state: SegmentState;
  agent: AgentState;
  modules: readonly ModuleNames[];
}

type Snapshot = [topology: RecordedTopology, cells: readonly CellSnapshot[], state: SegmentState, agent: AgentState];

export interface CaptureRequest extends ClaimRequest {
  limits?: CaptureLimits;
}

interface Parts {
  folder: OwnFolder;
  metrics: MetricsLog;
  profiles: ProfileStore;
  spans: SpanLog;
  windows: WindowLog;
}

/**
 * Writes one capture. Calls are carried out one after the other, in the order they were made.
 * A call that fails rejects with a CaptureError and leaves what was written before readable; later calls may succeed.
 */
export class CaptureWriter {
  /** Where the files really are: the directory asked for, or process-<n> in it. */
  readonly dir: string;
  /** An earlier writer had begun it. */
  readonly continued: boolean;
  readonly #parts: Parts;
  readonly #file: CaptureFile;
  readonly #limits: CaptureLimits;
  /** CPU time of earlier writers of this capture, and what they dropped. */
  readonly #agentCpuBefore: number;
  readonly #droppedBefore: Record<string, number>;
  readonly #sizes = new Map<string, number>();
  #topology = "";
  #snapshotNs = Number.NEGATIVE_INFINITY;
  #finished = false;
  #lastState: SegmentState | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(parts: Parts, file: CaptureFile, limits: CaptureLimits, continued: boolean) {
    this.dir = parts.folder.path;
    this.continued = continued;
    this.#parts = parts;
    this.#file = file;
    this.#limits = limits;
    this.#agentCpuBefore = file.overhead.agentCpuNs;
    this.#droppedBefore = Object.fromEntries(captureLosses.map((name) => [name, file.losses[name] ?? 0]));
  }

  /**
   * Claims `dir` and writes the first, empty capture. An older capture in it is replaced, unless that is refused; one of the
   * same process whose writer died is continued; other files make it refuse (see claimDirectory).
   */
  static async create(dir: string, facts: CaptureFacts, request: CaptureRequest = {}): Promise<CaptureWriter> {
    const { limits = defaultLimits } = request;
    const folder = await claimDirectory(dir, request);
    try {
      const earlier = await resumable(folder, facts);
      await (earlier === null ? clearCapture(folder) : clearParts(folder));
      const file = earlier ?? startFile(facts);
      const metrics = await MetricsLog.open(folder, metricsShare(limits));
      const profiles = await ProfileStore.open(folder, file, limits);
      const spans = await SpanLog.open(folder, limits);
      const windows = await WindowLog.open(folder, windowsShare(limits));
      const writer = new CaptureWriter({ folder, metrics, profiles, spans, windows }, file, limits, earlier !== null);
      await writer.#rewriteCapture();
      return writer;
    } catch (error) {
      await releaseDirectory(folder).finally(() => folder.close());
      throw failure(folder.path, error);
    }
  }

  /** The same place, reached without its path. */
  get place(): string {
    return this.#parts.folder.at(".");
  }

  /** One profile of one window, gzipped or not. Resolves to its path inside the capture. */
  addProfile(bytes: Uint8Array, info: ProfileInfo): Promise<string> {
    return this.#inTurn(() => this.#parts.profiles.add(bytes, info));
  }

  /** Whole lines of spans.ndjson. */
  addSpans(lines: string): Promise<void> {
    return this.#inTurn(async () => {
      const { spans, profiles } = this.#parts;
      if (!spans.used) await profiles.fit(0, this.#profilesShare(true));
      await spans.append(lines);
    });
  }

  dropSpans(count: number): void {
    this.#parts.spans.dropped += count;
  }

  /** What was done since the last one. */
  addWindow(window: RecordedWindow): Promise<void> {
    return this.#inTurn(async () => {
      const { windows, profiles, spans } = this.#parts;
      if (!windows.used) await profiles.fit(0, this.#profilesShare(spans.used, true));
      await windows.append(window);
    });
  }

  /** As snapshot(), but only when the last one is so old that it would be missed. */
  progress(...now: Snapshot): Promise<void> {
    return this.#inTurn(async () => {
      const [topology, , , { atNs }] = now;
      const due = atNs - this.#snapshotNs >= lagNs(atNs);
      if (due || JSON.stringify(topology) !== this.#topology) await this.#snapshot(...now);
    });
  }

  /** What the segment says now; an unfinished capture holds what was said last. */
  snapshot(...now: Snapshot): Promise<void> {
    return this.#inTurn(() => this.#snapshot(...now));
  }

  /** The last snapshot. The capture is complete afterwards and the directory free for others. */
  finish(last: LastSnapshot): Promise<void> {
    return this.#inTurn(async () => {
      this.#file.modules = [...last.modules];
      this.#file.complete = true;
      try {
        await this.#parts.windows.flush();
        await this.#snapshot(last.topology, last.cells, last.state, last.agent);
      } catch (error) {
        this.#file.complete = false;
        throw error;
      }
      await releaseDirectory(this.#parts.folder);
      this.#finished = true;
      const { metrics, profiles, spans, windows } = this.#parts;
      for (const log of [metrics, profiles, spans, windows]) log.close();
    });
  }

  /** What was lost after the end, on the way to servers; nothing else changes any more. False: there is no end yet. */
  async amend(agent: Pick<AgentState, "losses">): Promise<boolean> {
    await this.#last;
    if (!this.#finished || this.#lastState === undefined) return false;
    updateLosses(this.#file, this.#lastState, agent, this.#dropped());
    await this.#rewriteCapture();
    return true;
  }

  /** After the last amend(). */
  close(): void {
    this.#parts.folder.close();
  }

  async #snapshot(...[topology, cells, state, agent]: Snapshot): Promise<void> {
    const json = JSON.stringify(topology);
    if (json !== this.#topology) {
      await this.#makeRoom(captureFiles.topology, json);
      await this.#parts.folder.replace(captureFiles.topology, json);
      this.#topology = json;
    }
    await this.#parts.metrics.append(cells, agent, (lines) => this.#rewriteCapture(lines));
    this.#lastState = state;
    this.#snapshotNs = agent.atNs;
    updateFile(this.#file, state, agent, this.#agentCpuBefore);
    updateLosses(this.#file, state, agent, this.#dropped());
    await this.#rewriteCapture();
  }

  #dropped(): Record<string, number> {
    const { profiles, spans } = this.#parts;
    const dropped = { capture_dropped: profiles.dropped, span_capture_dropped: spans.dropped };
    const sums = captureLosses.map((name) => [name, dropped[name] + (this.#droppedBefore[name] ?? 0)] as const);
    return Object.fromEntries(sums.filter(([, n]) => n > 0));
  }

  async #rewriteCapture(metricsLines = this.#parts.metrics.lines): Promise<void> {
    this.#file.metricsLines = metricsLines;
    const { folder, profiles, windows } = this.#parts;
    this.#file.windowsEndNs = windows.endNs;
    let [content, said] = ["", -1];
    // What is dropped to make room for it has to stand in it.
    while (said !== profiles.dropped) {
      said = profiles.dropped;
      Object.assign(this.#file.losses, this.#dropped());
      content = `${JSON.stringify(this.#file, null, 1)}\n`;
      await this.#makeRoom(captureFiles.capture, content);
    }
    await folder.replace(captureFiles.capture, content);
  }

  async #makeRoom(name: string, content: string): Promise<void> {
    this.#sizes.set(name, Buffer.byteLength(content));
    const { profiles, spans } = this.#parts;
    await profiles.fit(0, this.#profilesShare(spans.used));
  }

  #profilesShare(spans: boolean, windows = this.#parts.windows.used): number {
    const whole = [...this.#sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    return profilesShare(this.#limits, whole, spans, windows);
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last
      .then(() => {
        if (this.#finished) throw new CaptureError("ERR_CAPTURE_WRITE", this.dir, "it is finished");
        return step();
      })
      .catch((error: unknown) => {
        throw failure(this.dir, error);
      });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function failure(dir: string, error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  return new CaptureError("ERR_CAPTURE_WRITE", dir, systemCode(error) || String(error), { cause: error });
}
