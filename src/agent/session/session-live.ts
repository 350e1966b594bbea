// What does a person see of one target while it runs? Windows of a second, made only while somebody looks, and kept in memory.
// SPDX-License-Identifier: MPL-2.0

import { startFile, updateFile, updateLosses } from "../../capture/state.js";
import type { LiveRecording } from "../../live/live-recording.js";
import type {
  LiveDetail,
  LiveRange,
  LiveTarget,
  SettingResult,
  StripEntry,
  TargetStatus,
} from "../../live/live-target.js";
import { changeSettings } from "../../live/settings.js";
import { attempt } from "../../model/attempt.js";
import type { Recording, RecordingFacts } from "../../model/recording.js";
import type { SegmentState } from "../../model/segment-state.js";
import { agentState } from "./agent-state.js";
import { captureFacts } from "./facts.js";
import { lossHelp } from "./loss-help.js";
import type { Losses } from "./losses.js";
import type { LivePath, SamplePath } from "./sample-path.js";
import { statusOf } from "./status.js";
import type { TargetParts } from "./target-request.js";

export interface SessionLiveRequest {
  id: number;
  parts: TargetParts;
  path: SamplePath;
  losses: Losses;
  /** What the segment said when it was last looked at. */
  state: () => SegmentState;
  /** Looks again, at cells, too. */
  look: () => void;
}

/** Windows are made for so long after the last one has left: who asks again soon finds them. */
const LINGER_MS = 10_000;
/** Windows whose names are still asked for; another one waits, and is longer then. */
const MOST_PENDING = 3;

/** Of one target. Whatever goes wrong here is said once, and ends the looking: the target is served on. */
export class SessionLive implements LiveTarget {
  readonly id: number;
  readonly #request: SessionLiveRequest;
  readonly #lossHelp = lossHelp();
  readonly #listeners = new Set<() => void>();
  #opening: Promise<void> | undefined;
  #path: LivePath | undefined;
  #recording: LiveRecording | undefined;
  #watchers = 0;
  #leftMs = 0;
  #beganNs = 0;
  #pending = 0;
  #endedNs: number | undefined;

  constructor(request: SessionLiveRequest) {
    this.id = request.id;
    this.#request = request;
  }

  get ended(): boolean {
    return this.#endedNs !== undefined;
  }

  status(): TargetStatus {
    const { parts, losses, state } = this.#request;
    const { ended } = this;
    const status = statusOf(this.id, { parts, state: state(), losses: losses.snapshot(), ended });
    return { ...status, uptimeNs: this.#endedNs ?? status.uptimeNs };
  }

  watch(): () => void {
    this.#watchers++;
    void this.#begin(false);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#leftMs = performance.now();
      this.#watchers--;
    };
  }

  /** Keeps windows from the target's begin to its end. Nothing was taken yet but what came while it was opened. Never rejects. */
  pin(): Promise<void> {
    this.#watchers++;
    return this.#begin(true);
  }

  recording(range?: LiveRange, detail?: LiveDetail): Recording {
    return this.#recording?.recording(range, detail) ?? this.#blank();
  }

  strip(): StripEntry[] {
    return this.#recording?.strip() ?? [];
  }

  newest(): StripEntry | undefined {
    return this.#recording?.newest();
  }

  onWindow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(changes: Record<string, string>): SettingResult[] {
    const { reader } = this.#request.parts;
    const running = this.#endedNs === undefined;
    return changeSettings(changes, running ? { state: () => reader.state(), control: (c) => reader.control(c) } : null);
  }

  async save(range?: LiveRange): Promise<string> {
    const { saveRecording } = await import("./save-recording.js");
    const moments = this.#recording?.moments(range) ?? [];
    const { native } = this.#request.parts.request;
    return saveRecording(this.recording(range), moments, this.#request.state(), native.encodePprof);
  }

  /** About once a second. */
  beat(): void {
    if (this.#path === undefined) return;
    if (this.#watchers === 0 && performance.now() - this.#leftMs > LINGER_MS) this.#close();
    else if (this.#pending < MOST_PENDING) void this.#cut(this.#path, false);
  }

  /** The target is gone and all that it left is taken: the last window. What is kept stays for those who look. */
  end(): void {
    if (this.#endedNs !== undefined) return;
    this.#endedNs = this.#request.parts.clock.atNs();
    const [path, recording] = [this.#path, this.#recording];
    const ended = () => {
      recording?.end();
      path?.close();
      this.#tell();
    };
    if (path === undefined) ended();
    else void this.#cut(path, true).then(ended);
  }

  #begin(fromBegin: boolean): Promise<void> {
    if (this.#endedNs !== undefined) return Promise.resolve();
    this.#opening ??= this.#open(fromBegin).catch((error) => this.#giveUp(error as Error));
    return this.#opening;
  }

  async #open(fromBegin: boolean): Promise<void> {
    const { LiveRecording } = await import("../../live/live-recording.js");
    const { path, parts, look } = this.#request;
    const source = await path.openLive(fromBegin);
    if (this.#endedNs !== undefined) return source.close();
    if (!fromBegin) look();
    const since = fromBegin ? null : { cells: path.allCells() };
    const { topology } = parts;
    const described = { topology: () => topology.describe(), modules: () => path.modules() };
    this.#recording = new LiveRecording(this.#facts(), since, described);
    this.#beganNs = fromBegin ? 0 : parts.clock.atNs();
    this.#leftMs = performance.now();
    this.#path = source;
  }

  /** Never rejects. */
  async #cut(path: LivePath, isLast: boolean): Promise<void> {
    const recording = this.#recording;
    this.#pending++;
    try {
      const piece = this.#piece(isLast);
      recording?.add({ ...piece, samples: await path.cut() });
    } catch (error) {
      this.#giveUp(error as Error);
    }
    this.#pending--;
    if (!isLast) this.#tell();
  }

  /** What there is besides samples, as it is now. */
  #piece(isLast: boolean) {
    const { parts, path, look } = this.#request;
    if (!isLast) look();
    const [atNs, endNs] = [this.#beganNs, parts.clock.atNs()];
    this.#beganNs = endNs;
    return { atNs, durationNs: endNs - atNs, cells: path.allCells(), facts: this.#facts() };
  }

  #close(): void {
    this.#path?.close();
    this.#path = undefined;
    this.#opening = undefined;
    this.#recording = undefined;
  }

  #giveUp({ message }: Error): void {
    this.#request.parts.log.error(
      `nothing more is shown of process ${this.#request.parts.pid} while it runs: ${message}`,
    );
    const recording = this.#recording; // stays for those who look
    this.#close();
    this.#opening = Promise.resolve();
    this.#recording = recording;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) attempt(listener, undefined); // no listener holds the others up
  }

  /** Of all the time so far, as a capture says it. */
  #facts(): RecordingFacts {
    const { parts } = this.#request;
    const { topology, config, request } = parts;
    const state = this.#request.state();
    const more = { serviceName: config.tracerName, tool: request.version, lossHelp: this.#lossHelp };
    const file = startFile(captureFacts(topology.facts, state, more));
    const agent = agentState(this.#request, state);
    updateFile(file, state, agent, 0);
    updateLosses(file, state, agent, {});
    return file;
  }

  #blank(): Recording {
    return {
      ...{ dir: "", otherProcesses: [], complete: false, problems: [], cells: [], traces: null, cpu: null, wall: null },
      facts: this.#facts(),
      topology: this.#request.parts.topology.describe(),
      history: { moments: 0, hops: [] },
    };
  }
}
