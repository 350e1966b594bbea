// What happened in each pipeline since the last window? All that was ever counted goes in, one window of each of its streams comes out.
// SPDX-License-Identifier: MPL-2.0

import { ElementTable } from "../analysis/elements.js";
import { elementPath, isWorker } from "../analysis/paths.js";
import type { CellSnapshot } from "../model/batch.js";
import type { ElementSummary } from "../model/element-summary.js";
import type { NamedSamples } from "../model/named-samples.js";
import type { Topology } from "../model/topology.js";
import { elementWindows, type Looked, msOf, shownPath } from "./element-windows.js";
import { Growth } from "./growth.js";
import { MOST_STREAMS, shownText, streamsOf } from "./identity.js";
import type { Counted } from "./media-time.js";
import { partOf } from "./part.js";
import { type MachineLoad, type PipelineWindow, type WindowEnd, windowLimits } from "./pipeline-window.js";
import { sinkWindows } from "./sinks.js";
import { heaviestStacks } from "./stacks.js";
import { inputOf, type PlacedPipeline, Structure } from "./structure.js";

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
  /** The last flow return that was not ok. */
  flow: string | undefined;
}

export class PipelineWindows {
  readonly #request: WindowsRequest;
  readonly #structure: Structure;
  readonly #growth: Growth;
  readonly #known = new Map<number, Known>();
  readonly #seen = new Map<string, { blockedNs: number; wallNs: number }>();
  #before = { processCpuNs: 0, losses: 0 };

  /** What was counted before is no part of any window. */
  constructor(request: WindowsRequest, before: Pick<WindowPiece, "cells" | "processCpuNs" | "losses">) {
    this.#request = request;
    this.#structure = new Structure(request.topology);
    this.#growth = new Growth(before.cells);
    this.#before = { processCpuNs: before.processCpuNs ?? 0, losses: before.losses };
  }

  next(piece: WindowPiece): PipelineWindow[] {
    const cells = this.#growth.look(piece.cells);
    const all = new ElementTable(partOf(this.#structure.described(), cells, piece.samples)).summaries();
    const summaries = new Map(all.map((summary) => [summary.path, summary]));
    this.#note(all);
    const living = this.#structure.of(piece.cells);
    for (const placed of living) this.#known.set(placed.id, { flow: this.#known.get(placed.id)?.flow, placed });
    const ids = new Set(living.map(({ id }) => id));
    const common = {
      piece,
      summaries,
      counts: countsOf(cells),
      workers: workersOf(piece.samples),
      ...this.#grown(piece),
    };
    const windows = [...this.#known.values()].flatMap((known) => this.#windows(known, ids, common));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    return windows;
  }

  /** What a source was seen to do tells whether it is live. */
  #note(all: readonly ElementSummary[]): void {
    for (const { path, blockedNs, wallNs, buffersIn } of all) {
      if (buffersIn > 0 || wallNs === null) continue;
      const seen = this.#seen.get(path) ?? { blockedNs: 0, wallNs: 0 };
      this.#seen.set(path, { blockedNs: seen.blockedNs + (blockedNs ?? 0), wallNs: seen.wallNs + wallNs });
    }
  }

  #grown({ processCpuNs, losses }: WindowPiece): { cpuMs: number | null; lost: number } {
    const before = this.#before;
    this.#before = { processCpuNs: processCpuNs ?? before.processCpuNs, losses };
    const cpuMs = processCpuNs === null ? null : msOf(Math.max(0, processCpuNs - before.processCpuNs));
    return { cpuMs, lost: Math.max(0, losses - before.losses) };
  }

  /** They differ in the stream's name, its sinks and the stacks that are wanted of it: what all streams share may be why one has a stall. */
  #windows(known: Known, living: ReadonlySet<number>, common: Common): PipelineWindow[] {
    const { placed } = known;
    const { piece, counts } = common;
    const all = streamsOf(this.#request.tag, placed.path, placed.published);
    const streams = all.slice(0, MOST_STREAMS);
    const { losses, ...whole } = this.#whole(known, living, common);
    return streams.map(({ identity, publishers }) => {
      const wanted = piece.wanted.get(identity.stream_id);
      return {
        ...identity,
        ...whole,
        losses: losses + all.length - streams.length,
        sinks: sinkWindows(placed, counts, publishers),
        // Without frames: they were not asked for when the window began.
        ...(wanted !== undefined &&
          piece.samples.frames.length > 0 && { stacks: heaviestStacks(piece.samples, wanted) }),
      };
    });
  }

  #whole(known: Known, living: ReadonlySet<number>, common: Common): Omit<PipelineWindow, keyof OfStream> {
    const { piece, summaries, workers, cpuMs, lost } = common;
    const { service, host, run } = this.#request;
    const { placed } = known;
    known.flow = badFlow(placed, summaries) ?? known.flow;
    const ended = piece.end !== null || !living.has(placed.id);
    const elements = elementWindows({ pipeline: placed, summaries, workers, seen: this.#seen, looked: piece.looked });
    return {
      ...{ pipeline: shownPath(placed.path), service: shownText(service, windowLimits.name) },
      ...{ host: shownText(host, windowLimits.name), run_id: `${run}-${placed.id}`, topology: placed.topology },
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
}

type OfStream = Pick<PipelineWindow, "stream_id" | "stream_source" | "sinks" | "stacks">;

/** Of all pipelines of one window. */
interface Common {
  piece: WindowPiece;
  summaries: ReadonlyMap<string, ElementSummary>;
  counts: ReadonlyMap<number, Counted>;
  workers: ReadonlySet<string>;
  cpuMs: number | null;
  lost: number;
}

function countsOf(cells: readonly CellSnapshot[]): Map<number, Counted> {
  const counts = new Map<number, Counted>();
  for (const cell of cells) {
    for (const pad of inputOf(cell)) {
      const { buffers, bytes } = counts.get(pad) ?? { buffers: 0, bytes: 0 };
      counts.set(pad, { buffers: buffers + cell.buffers, bytes: bytes + cell.bytes });
    }
  }
  return counts;
}

const workersOf = ({ stacks }: NamedSamples): Set<string> =>
  new Set(stacks.flatMap(({ owner }) => (isWorker(owner.path) ? [elementPath(owner.path)] : [])));

/** The worst one where several came: an error before an end, an end before a flush. */
const worst = ["error", "not-negotiated", "not-linked", "not-supported", "other", "eos", "flushing"] as const;

function badFlow({ elements }: PlacedPipeline, summaries: Common["summaries"]): string | undefined {
  const flows = [...elements.keys()].map((path) => summaries.get(path)?.flow ?? {});
  return worst.find((name) => flows.some((flow) => (flow[name] ?? 0) > 0));
}
