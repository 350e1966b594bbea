// What does a session service get of one target? A window of each stream of its pipelines every two seconds, and a last one at its end.
// SPDX-License-Identifier: MPL-2.0

import { constants, hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { lossOf } from "../../errors.js";
import type { CellSnapshot } from "../../model/batch.js";
import { kindOf } from "../../model/counter-kinds.js";
import type { SegmentState } from "../../model/segment-state.js";
import { WindowsOutput } from "../../output/windows/sender.js";
import { type WindowEnd, windowLimits } from "../../windows/pipeline-window.js";
import { WantedStacks } from "../../windows/wanted.js";
import { PipelineWindows, type WindowPiece } from "../../windows/windows.js";
import { Machine } from "./machine-load.js";
import type { LivePath } from "./sample-path.js";
import type { Sink, SinksRequest } from "./sink.js";
import { SAME_LOOK_MS, WindowBeat } from "./window-beat.js";

const WINDOW_MS = 2000;
/** Of the time for the shutdown: the last window is small, and others wait for their turn. */
const CLOSE_SHARE = 0.3;
/** Its exit code is known about when its end is. */
const EXIT_MS = 500;

/** Throws ERR_SERVER_URL. */
export async function openPipelineWindows(request: SinksRequest): Promise<Sink> {
  const fromBegin = request.parts.request.pointedAt !== true;
  const path = await request.path.openLive(fromBegin);
  return new TargetWindows(request, path, fromBegin);
}

class TargetWindows implements Sink {
  readonly #request: SinksRequest;
  readonly #path: LivePath;
  readonly #windows: PipelineWindows;
  readonly #output: WindowsOutput;
  readonly #machine = new Machine();
  readonly #wanted = new WantedStacks();
  readonly #beat = new WindowBeat(WINDOW_MS);
  #beganMs: number;
  /** Windows that were made the last time, one a stream: those that are missing when it fails. */
  #streams = 1;

  constructor(request: SinksRequest, path: LivePath, fromBegin: boolean) {
    const { parts, losses } = request;
    const { config, clock, log } = parts;
    this.#request = request;
    this.#path = path;
    this.#windows = new PipelineWindows(
      {
        topology: parts.topology,
        tag: config.tags.stream ?? "",
        service: config.tracerName,
        host: hostname(),
        run: `${parts.pid}-${parts.request.segment.startTicks}`,
      },
      fromBegin ? { cells: [], processCpuNs: 0, losses: 0 } : { ...this.#counted(), cells: request.path.allCells() },
    );
    this.#beganMs = Number(clock.now() / 1_000_000n) - (fromBegin ? clock.atNs() / 1e6 : 0);
    this.#output = new WindowsOutput({
      ...{ server: config.windowsUrl, token: config.windowsToken, project: config.windowsProject, log },
      ...{ version: parts.request.version, limits: windowLimits, servers: parts.servers },
      lost: (windows, code) => losses.lost(`windows_${lossOf(code)}`, windows),
      answered: (answer) => {
        this.#wanted.take(answer);
        this.#lookFor();
      },
    });
    this.#lookFor();
  }

  beat(): void {
    if (!this.#beat.isDue(() => WINDOW_MS)) return;
    this.#request.observe(SAME_LOOK_MS);
    this.#cut(null);
  }

  ended(): void {
    if (!this.#beat.end()) return;
    const { exit } = this.#request.parts.request;
    this.#cut({}, exit && Promise.race([exit, pause(EXIT_MS, undefined, { ref: false })]));
    void this.#beat.made().then(() => this.#path.close());
  }

  async flush(ms: number): Promise<void> {
    const end = performance.now() + ms;
    await this.#beat.made();
    await this.#output.flush(Math.max(0, end - performance.now()));
  }

  async close(ms: number): Promise<void> {
    const end = performance.now() + ms * CLOSE_SHARE;
    await this.#beat.made();
    await this.#output.close(Math.max(0, end - performance.now()));
  }

  /** An answer comes right after a window, before the first samples of the next: that one has the stacks already. */
  #lookFor(): WindowPiece["wanted"] {
    const wanted = this.#wanted.now();
    this.#path.wants(wanted.size > 0 ? "stacks" : "owners");
    return wanted;
  }

  #cut(end: WindowPiece["end"], exit?: Promise<number | undefined>): void {
    this.#beat.add(this.#piece(end, exit), {
      take: (piece) => this.#send(piece),
      failed: (error) => this.#notMade(error, this.#streams),
    });
  }

  #send(piece: WindowPiece): void {
    let left = this.#streams;
    try {
      const windows = this.#windows.next(piece);
      left = windows.length;
      this.#streams = Math.max(1, left);
      for (const window of windows) {
        this.#output.send(window);
        left--;
      }
    } catch (error) {
      this.#notMade(error as Error, left);
    }
  }

  /** No reason to stop: the next one begins where this one should have ended. */
  #notMade({ message }: Error, windows: number): void {
    this.#request.losses.lost("windows_not_made", windows);
    this.#request.parts.log.error(`a window of pipelines was not made, and is counted as windows_not_made: ${message}`);
  }

  /** What there is now; the window ends once its samples are told from those of the next one. */
  async #piece(end: WindowPiece["end"], exit?: Promise<number | undefined>): Promise<WindowPiece> {
    const { path, parts } = this.#request;
    const { state } = this.#request.seen();
    const [fromMs, toMs] = [this.#beganMs, Math.max(this.#beganMs, Number(parts.clock.now() / 1_000_000n))];
    const wanted = this.#lookFor();
    const piece = {
      ...{ fromMs, toMs, wanted, machine: this.#machine.next(), ...this.#counted() },
      cells: path.allCells() as readonly CellSnapshot[],
      looked: { cpu: state.sampleRate > 0, wall: state.wallRate > 0 },
    };
    const samples = this.#path.cut();
    this.#beganMs = toMs;
    return { ...piece, samples: await samples, end: end && { ...end, ...exitOf(await exit) } };
  }
  /** So far: CPU time of the process since the first timer, as a report has it, and what was lost on any way. */
  #counted(): Pick<WindowPiece, "processCpuNs" | "losses"> {
    const { state } = this.#request.seen();
    return {
      processCpuNs: state.processCpuNs - state.processCpuBeginNs,
      losses: lossesOf(state) + sum(this.#request.losses.snapshot()),
    };
  }
}

/** After a signal a code is 128 + its number. */
function exitOf(code: number | undefined): WindowEnd {
  if (code === undefined) return {};
  const [signal] = Object.entries(constants.signals).find(([, number]) => number === code - 128) ?? [];
  return signal === undefined ? { exit_code: code } : { signal };
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, n) => all + n, 0);

function lossesOf({ counters, samplesAgentLost }: SegmentState): number {
  const lost = Object.entries(counters).filter(([name]) => kindOf(name) === "loss");
  return lost.reduce((all, [, n]) => all + n, samplesAgentLost);
}
