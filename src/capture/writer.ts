// How does a capture grow on disk so that it can be read at any instant? Whole files by rename, lines by appending.
// SPDX-License-Identifier: MPL-2.0

import { appendFile, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { CellSnapshot, SegmentState } from "../model/batch.js";
import { claimDirectory, clearCapture, releaseDirectory } from "./claim.js";
import { CaptureError, systemCode } from "./errors.js";
import type { AgentState, CaptureFacts, CaptureFile, CaptureTopology, ModuleNames, ProfileInfo } from "./format.js";
import { captureFiles } from "./format.js";
import { MetricsLog } from "./metrics-log.js";
import { resumable, startFile, updateFile, updateLosses } from "./state.js";

const zip = promisify(gzip);

/** The last word of the agent about one process. */
export interface LastSnapshot {
  topology: CaptureTopology;
  cells: readonly CellSnapshot[];
  state: SegmentState;
  agent: AgentState;
  modules: readonly ModuleNames[];
}

/**
 * Writes one capture. Calls are carried out one after the other, in the order they were made.
 * A call that fails rejects with a CaptureError and leaves what was written before readable; later calls may succeed.
 */
export class CaptureWriter {
  /** Where the files really are: the directory asked for, or process-<n> in it. */
  readonly dir: string;
  readonly #file: CaptureFile;
  readonly #metrics: MetricsLog;
  /** CPU time of earlier writers of this capture. */
  readonly #agentCpuBefore: number;
  #profiles: number;
  #topology = "";
  #finished = false;
  #lastState: SegmentState | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(dir: string, file: CaptureFile, metrics: MetricsLog, profiles: number) {
    this.dir = dir;
    this.#file = file;
    this.#metrics = metrics;
    this.#agentCpuBefore = file.overhead.agentCpuNs;
    this.#profiles = profiles;
  }

  /**
   * Claims `dir` and writes the first, empty capture. An older capture in it is replaced; one of the same process whose
   * writer died is continued; other files make it refuse. `process`: the n-th process of one run (see claimDirectory).
   */
  static async create(dir: string, facts: CaptureFacts, process?: number): Promise<CaptureWriter> {
    const claimed = await claimDirectory(dir, process);
    try {
      const earlier = await resumable(claimed, facts);
      if (earlier === null) await clearCapture(claimed);
      const metrics = await MetricsLog.open(join(claimed, captureFiles.metrics));
      const profiles = await lastProfile(join(claimed, captureFiles.profiles));
      const writer = new CaptureWriter(claimed, earlier ?? startFile(facts), metrics, profiles);
      await writer.#rewriteCapture();
      await mkdir(join(claimed, captureFiles.profiles), { recursive: true });
      return writer;
    } catch (error) {
      await releaseDirectory(claimed);
      throw failure(claimed, error);
    }
  }

  /** One profile of one window, gzipped or not. Resolves to its path inside the capture. */
  addProfile(bytes: Uint8Array, info: ProfileInfo): Promise<string> {
    return this.#inTurn(async () => {
      const file = `${captureFiles.profiles}/${info.kind}-${this.#profiles + 1}.pb.gz`;
      await this.#replace(file, bytes[0] === 0x1f && bytes[1] === 0x8b ? bytes : await zip(bytes));
      this.#profiles++;
      const row = { file, ...info, startUnixNs: String(info.startUnixNs), windows: 1, replaces: [] };
      await appendFile(join(this.dir, captureFiles.index), `${JSON.stringify(row)}\n`);
      return file;
    });
  }

  /** Whole lines of spans.ndjson. */
  addSpans(lines: string): Promise<void> {
    return this.#inTurn(() => appendFile(join(this.dir, captureFiles.spans), lines));
  }

  /** What the segment says now; an unfinished capture holds what was said last. */
  snapshot(
    topology: CaptureTopology,
    cells: readonly CellSnapshot[],
    state: SegmentState,
    agent: AgentState,
  ): Promise<void> {
    return this.#inTurn(() => this.#snapshot(topology, cells, state, agent));
  }

  /** The last snapshot. The capture is complete afterwards and the directory free for others. */
  finish(last: LastSnapshot): Promise<void> {
    return this.#inTurn(async () => {
      this.#file.modules = [...last.modules];
      this.#file.complete = true;
      try {
        await this.#snapshot(last.topology, last.cells, last.state, last.agent);
      } catch (error) {
        this.#file.complete = false;
        throw error;
      }
      await releaseDirectory(this.dir);
      this.#finished = true;
    });
  }

  /** What was lost after the end, on the way to servers; nothing else changes any more. False: there is no end yet. */
  async amend(agent: Pick<AgentState, "losses">): Promise<boolean> {
    await this.#last;
    if (!this.#finished || this.#lastState === undefined) return false;
    updateLosses(this.#file, this.#lastState, agent);
    await this.#rewriteCapture();
    return true;
  }

  async #snapshot(
    topology: CaptureTopology,
    cells: readonly CellSnapshot[],
    state: SegmentState,
    agent: AgentState,
  ): Promise<void> {
    const json = JSON.stringify(topology);
    if (json !== this.#topology) {
      await this.#replace(captureFiles.topology, json);
      this.#topology = json;
    }
    await this.#metrics.append(cells, agent.timeUnixNs);
    this.#lastState = state;
    updateFile(this.#file, state, agent, this.#agentCpuBefore);
    await this.#rewriteCapture();
  }

  #rewriteCapture(): Promise<void> {
    this.#file.metricsLines = this.#metrics.lines;
    return this.#replace(captureFiles.capture, `${JSON.stringify(this.#file, null, 1)}\n`);
  }

  async #replace(name: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.dir, name);
    await writeFile(`${path}.tmp`, content);
    await rename(`${path}.tmp`, path);
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

/** The highest number in use; a dead writer may have left a profile that capture.json does not list. */
async function lastProfile(dir: string): Promise<number> {
  const numbers = (await readdir(dir).catch(() => [])).map((name) => Number(/-(\d+)\.pb\.gz$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

function failure(dir: string, error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  return new CaptureError("ERR_CAPTURE_WRITE", dir, systemCode(error) || String(error), { cause: error });
}
