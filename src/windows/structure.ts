// How are the elements of each pipeline linked, and which threads run them? From all that was ever counted, made anew when more is known.
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import { ElementTable } from "../analysis/elements.js";
import { drives, isQueue } from "../analysis/stage-elements.js";
import { Stages } from "../analysis/stages.js";
import { type CellSnapshot, isHop } from "../model/batch.js";
import type { ElementSummary } from "../model/element-summary.js";
import type { ElementInfo, Topology } from "../model/topology.js";
import { type Publisher, shownPath } from "./identity.js";
import { windowLimits } from "./pipeline-window.js";

/** An element of a living pipeline. */
export interface PlacedElement {
  info: ElementInfo;
  feeds: readonly string[];
  fedBy: readonly string[];
  /** Paths of the elements that drive the threads that run it. */
  threads: readonly string[];
  isQueue: boolean;
  drives: boolean;
  /** What it said about its latency; null: nothing. */
  live: boolean | null;
  /** Sink pads that ever got buffers, and their caps. */
  inputs: readonly { pad: number; caps: string }[];
  /** The same in every window. */
  shown: { path: string; factory: string; threads: string[]; feeds: string[] };
}

export interface PlacedPipeline {
  /** Directory id. */
  id: number;
  path: string;
  /** Of elements and links. */
  topology: string;
  /** Which of its elements publish, and under which names. */
  published: readonly Publisher[];
  /** By path. */
  elements: ReadonlyMap<string, PlacedElement>;
}

export class Structure {
  readonly #topology: Topology;
  /** Of the topology, and how many hops any buffer went through: the same, nothing else is known. */
  #seen = { generation: -1, moved: -1 };
  #pipelines: PlacedPipeline[] = [];

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Of living pipelines through which a buffer ever went. `cells`: all that was ever counted. */
  of(cells: readonly CellSnapshot[]): PlacedPipeline[] {
    const { generation } = this.#topology;
    let moved = 0;
    for (const { buffers } of cells) if (buffers > 0) moved++;
    const isSame = this.#seen.generation === generation && this.#seen.moved === moved;
    if (!isSame) this.#pipelines = this.#make(cells);
    this.#seen = { generation, moved };
    return this.#pipelines;
  }

  #make(cells: readonly CellSnapshot[]): PlacedPipeline[] {
    const topology = this.#topology;
    const gone = topology.gone();
    const counted = { complete: false, topology: topology.describe(), cells: [...cells], cpu: null, wall: null };
    const summaries = new ElementTable(counted).summaries();
    const pushes = pushesOf(topology, cells);
    const pushed = summaries.map((e) => ({ ...e, buffersOut: pushes.get(e.path) ?? 0 }));
    const threads = new Stages(pushed).drivers();
    const bySummary = new Map(pushed.map((summary) => [summary.path, summary]));
    const inputs = inputsOf(topology, cells);
    const found: PlacedPipeline[] = [];
    for (const [id, { path }] of topology.pipelines) {
      if (gone.has(id)) continue;
      const all = [...topology.elements.values()].filter((e) => e.pipeline === id && !gone.has(e.id));
      const infos = all.filter(({ bin }) => !bin);
      const published = all.flatMap(({ path, published }) => (published === "" ? [] : [{ path, name: published }]));
      const elements = infos.map((info) => {
        const summary = bySummary.get(info.path);
        return placed(info, summary, threads.get(info.path) ?? [], inputs.get(info.id) ?? []);
      });
      const moved = infos.some((info) => hasMoved(bySummary.get(info.path)));
      if (moved) found.push({ ...linked(id, path, elements), published });
    }
    return found;
  }
}

const hasMoved = (e: ElementSummary | undefined): boolean => e !== undefined && e.buffersIn + e.buffersOut > 0;

function placed(
  info: ElementInfo,
  summary: ElementSummary | undefined,
  threads: readonly string[],
  inputs: PlacedElement["inputs"],
): PlacedElement {
  const { feeds = [] } = summary ?? {};
  return {
    ...{ info, threads, inputs, feeds, fedBy: [], shown: shownOf(info, threads, feeds) },
    isQueue: summary !== undefined && isQueue(summary),
    drives: summary !== undefined && drives(summary),
    live: summary?.reported?.live ?? null,
  };
}

function shownOf(
  { path, factory }: ElementInfo,
  threads: readonly string[],
  feeds: readonly string[],
): PlacedElement["shown"] {
  const paths = (all: readonly string[]): string[] => all.slice(0, windowLimits.paths).map(shownPath);
  const name = factory.slice(0, windowLimits.name);
  return { path: shownPath(path), factory: name, threads: paths(threads), feeds: paths(feeds) };
}

function linked(id: number, path: string, all: readonly PlacedElement[]): Omit<PlacedPipeline, "published"> {
  const fedBy = new Map<string, string[]>();
  for (const { info, feeds } of all) for (const to of feeds) fedBy.set(to, [...(fedBy.get(to) ?? []), info.path]);
  const elements = new Map(all.map((e) => [e.info.path, { ...e, fedBy: fedBy.get(e.info.path) ?? [] }]));
  const lines = all.map(({ info, feeds }) => JSON.stringify([info.path, info.factory, [...feeds].sort()]));
  const topology = createHash("sha256").update(lines.sort().join("\n")).digest("hex").slice(0, 16);
  return { id, path, topology, elements };
}

/** By path: a muxer sends many buffers with one call, and its thread is known by its calls. */
function pushesOf(topology: Topology, cells: readonly CellSnapshot[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const cell of cells) {
    if (!isHop(cell)) continue;
    const path = topology.elementOfPad(cell.kind === "pull" ? cell.pad : cell.peer)?.path;
    if (path !== undefined) found.set(path, (found.get(path) ?? 0) + cell.invocations);
  }
  return found;
}

/** By directory id of the element. */
function inputsOf(topology: Topology, cells: readonly CellSnapshot[]): Map<number, { pad: number; caps: string }[]> {
  const found = new Map<number, { pad: number; caps: string }[]>();
  for (const pad of new Set(cells.filter(({ buffers }) => buffers > 0).flatMap(inputOf))) {
    const info = topology.pads.get(pad);
    if (info === undefined) continue;
    found.set(info.element, [...(found.get(info.element) ?? []), { pad, caps: info.caps }]);
  }
  return found;
}

/** The sink pad that a hop's buffers went into. */
export const inputOf = (cell: CellSnapshot): number[] =>
  isHop(cell) ? [cell.kind === "pull" ? cell.peer : cell.pad] : [];
