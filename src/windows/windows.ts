// What happened in each pipeline since the last window? All that was ever counted goes in, one window of each of its streams comes out.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import type { NamedSamples } from "../model/named-samples.js";
import type { Topology } from "../model/topology.js";
import { elementWindows, type Looked, msOf } from "./element-windows.js";
import { failures, Growth } from "./growth.js";
import { MOST_STREAMS, type PipelineStream, shownPath, shownText, streamsOf } from "./identity.js";
import { did, Ledger } from "./ledger.js";
import { type MachineLoad, type PipelineWindow, type WindowEnd, windowLimits } from "./pipeline-window.js";
import { sinkWindows } from "./sinks.js";
import { heaviestStacks } from "./stacks.js";
import { type PlacedPipeline, Structure } from "./structure.js";

export interface WindowsRequest {
  topology: Topology;
  /** The option `stream`, or that tag; "" without. */
  tag: string;
  service: string;
  host: string;
  /** Of the process: the same as long as it lives. */
  run: string;
}

/** What there is at the window's end. */
export interface WindowPiece {
  /** Unix time, milliseconds. */
  fromMs: number;
  toMs: number;
  /** All that was ever counted. */
  cells: readonly CellSnapshot[];
  /** Of the window. */
  samples: NamedSamples;
  looked: Looked;
  /** So far; null: not known. */
  processCpuNs: number | null;
  losses: number;
  machine: MachineLoad;
  /** By stream: paths of elements whose stacks are wanted. */
  wanted: ReadonlyMap<string, ReadonlySet<string>>;
  /** Nothing comes any more, and what is known of why. */
  end: WindowEnd | null;
}

/** Of a pipeline that had a window. */
interface Known {
  placed: PlacedPipeline;
  streams: readonly PipelineStream[];
  /** The last flow return that was not ok. */
  flow: string | undefined;
}

export class PipelineWindows {
  readonly #request: WindowsRequest;
  readonly #structure: Structure;
  readonly #growth: Growth;
  readonly #ledger: Ledger;
  readonly #known = new Map<number, Known>();
  readonly #seen = new Map<string, { blockedNs: number; wallNs: number }>();
  #before = { processCpuNs: 0, losses: 0 };

  /** What was counted before is no part of any window. */
  constructor(request: WindowsRequest, before: Pick<WindowPiece, "cells" | "processCpuNs" | "losses">) {
    const [service, host] = [request.service, request.host].map((text) => shownText(text, windowLimits.name));
    this.#request = { ...request, service: service as string, host: host as string };
    this.#structure = new Structure(request.topology);
    this.#growth = new Growth(before.cells);
    this.#ledger = new Ledger(request.topology);
    this.#before = { processCpuNs: before.processCpuNs ?? 0, losses: before.losses };
  }

  next(piece: WindowPiece): PipelineWindow[] {
    this.#growth.look(piece.cells);
    this.#ledger.book(this.#growth, piece.samples);
    const living = this.#structure.of(piece.cells);
    for (const placed of living) this.#know(placed);
    const ids = new Set(living.map(({ id }) => id));
    const common = { piece, ...this.#grown(piece) };
    const windows: PipelineWindow[] = [];
    for (const known of this.#known.values()) windows.push(...this.#windows(known, ids, common));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    return windows;
  }

  #know(placed: PlacedPipeline): void {
    const known = this.#known.get(placed.id);
    if (known?.placed !== placed) {
      const streams = streamsOf(this.#request.tag, placed.path, placed.published);
      this.#known.set(placed.id, { flow: known?.flow, placed, streams });
    }
    for (const { info, inputs } of placed.elements.values()) if (inputs.length === 0) this.#note(info.path);
  }

  /** What a source was seen to do tells whether it is live. Its functions' time, or its threads' where a call has not returned. */
  #note(path: string): void {
    const ledger = this.#ledger;
    const row = ledger.row(path);
    const of = (...columns: number[]): number => columns.reduce((sum, column) => sum + ledger.of(row, column), 0);
    const wallNs = Math.max(of(did.ownNs, did.driverNs), of(did.runningNs, did.readyNs, did.blockedNs));
    if (wallNs === 0 || of(did.buffersIn) > 0) return;
    const seen = this.#seen.get(path) ?? { blockedNs: 0, wallNs: 0 };
    this.#seen.set(path, { blockedNs: seen.blockedNs + of(did.blockedNs), wallNs: seen.wallNs + wallNs });
  }

  #grown({ processCpuNs, losses }: WindowPiece): { cpuMs: number | null; lost: number } {
    const before = this.#before;
    this.#before = { processCpuNs: processCpuNs ?? before.processCpuNs, losses };
    const cpuMs = processCpuNs === null ? null : msOf(Math.max(0, processCpuNs - before.processCpuNs));
    return { cpuMs, lost: Math.max(0, losses - before.losses) };
  }

  /** They differ in the stream's name, its sinks and the stacks that are wanted of it: what all streams share may be why one has a stall. */
  #windows(known: Known, living: ReadonlySet<number>, common: Common): PipelineWindow[] {
    const { placed, streams: all } = known;
    const { piece } = common;
    const streams = all.slice(0, MOST_STREAMS);
    const { losses, ...whole } = this.#whole(known, living, common);
    return streams.map(({ identity, publishers }) => {
      const wanted = piece.wanted.get(identity.stream_id);
      return {
        ...identity,
        ...whole,
        losses: losses + all.length - streams.length,
        sinks: sinkWindows(placed, this.#growth, publishers),
        // Without frames: they were not asked for when the window began.
        ...(wanted !== undefined &&
          piece.samples.frames.length > 0 && { stacks: heaviestStacks(piece.samples, wanted) }),
      };
    });
  }

  #whole(known: Known, living: ReadonlySet<number>, common: Common): Omit<PipelineWindow, keyof OfStream> {
    const { piece, cpuMs, lost } = common;
    const { service, host, run } = this.#request;
    const { placed } = known;
    known.flow = this.#badFlow(placed) ?? known.flow;
    const ended = piece.end !== null || !living.has(placed.id);
    const [ledger, seen] = [this.#ledger, this.#seen];
    const elements = elementWindows({ pipeline: placed, ledger, seen, looked: piece.looked });
    return {
      ...{ pipeline: shownPath(placed.path), service, host, run_id: `${run}-${placed.id}` },
      topology: placed.topology,
      state: ended ? "ended" : "playing",
      from: new Date(piece.fromMs).toISOString(),
      to: new Date(piece.toMs).toISOString(),
      process_cpu_ms: cpuMs,
      machine: piece.machine,
      losses: lost + placed.elements.size - elements.length,
      elements,
      ...(ended && { end: { ...(known.flow !== undefined && { flow: known.flow }), ...piece.end } }),
    };
  }

  #badFlow({ elements }: PlacedPipeline): string | undefined {
    const rows = [...elements.keys()].map((path) => this.#ledger.row(path));
    if (rows.every((row) => this.#ledger.failed(row) === 0)) return undefined;
    const has = (name: string): boolean => {
      const column = did.failures + failures.indexOf(name as (typeof failures)[number]);
      return rows.some((row) => this.#ledger.of(row, column) > 0);
    };
    return worst.find(has);
  }
}

type OfStream = Pick<PipelineWindow, "stream_id" | "stream_source" | "sinks" | "stacks">;

/** Of all pipelines of one window. */
interface Common {
  piece: WindowPiece;
  cpuMs: number | null;
  lost: number;
}

/** The worst one where several came: an error before an end, an end before a flush. */
const worst = ["error", "not-negotiated", "not-linked", "not-supported", "other", "eos", "flushing"] as const;
