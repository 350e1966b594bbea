// What did threads run and wait for, window by window? A stack with its time at the begin of its window, and each element's load.
// SPDX-License-Identifier: MPL-2.0

import { belowPipeline, elementPath } from "../../analysis/paths.js";
import { placeNames, waitName } from "../../analysis/sample-place.js";
import { count } from "../../analysis/units.js";
import { type ProfileWindow, profileWindows } from "../../capture/profile-windows.js";
import { Stacks } from "../../capture/stacks.js";
import { attempt } from "../../model/attempt.js";
import type { StackFrame, StackSample } from "../../model/recorded-profiles.js";
import { type ExportSource, shown, sumNs } from "../source.js";
import { helps, type Tracks } from "./tracks.js";

/** A viewer that holds a trace in memory takes a minute for more. */
const MOST_EVENTS = 2_000_000;
/** With a counter of their load: those that burned most. */
const MOST_ELEMENTS = 200;
/** Among the tracks of the process. */
const [WINDOWS_RANK, LOAD_RANK] = [1, 2];

/** Yields after each window, so that what was written can be taken. */
export async function* drawSamples(source: ExportSource, tracks: Tracks, most = MOST_EVENTS): AsyncGenerator<void> {
  const { dir, capture, range, note } = source;
  const loads = new Loads(tracks, busiest(capture.cpu?.stacks.samples ?? []));
  let events = 0;
  for (const kind of ["cpu", "wall"] as const) {
    for await (const window of profileWindows(dir, capture.facts, kind, range ?? undefined)) {
      const stacks = new Stacks();
      if (attempt(() => stacks.addUnpacked(window.bytes), null) === null) continue;
      if (events > most) {
        note(
          `perfetto: more than ${count(most)} stacks; from ${Math.round(window.fromNs / 1e9)} s on ${kind === "cpu" ? "samples" : "waits"} were left out: --from and --to choose others`,
        );
        break;
      }
      // What ran is in the CPU profile already.
      const samples = kind === "cpu" ? stacks.samples : stacks.samples.filter(({ blockedOn }) => blockedOn !== "");
      drawWindow(window, samples, tracks);
      drawStacks(window, samples, new Frames(stacks.frames, tracks), tracks);
      if (kind === "cpu") loads.draw(window, samples);
      events += samples.length;
      yield;
    }
    if (kind === "cpu") loads.end();
  }
}

function drawWindow(
  { kind, fromNs, toNs, windows, listed }: ProfileWindow,
  samples: readonly StackSample[],
  tracks: Tracks,
): void {
  const what = kind === "cpu" ? "profiles of CPU time" : "profiles of waits";
  const track = tracks.below(tracks.process, what, { description: helps.windows, rank: WINDOWS_RANK });
  const notes = { stacks: samples.length, nanoseconds: sumNs(samples), windows, "time is known": listed };
  tracks.writer.event({
    type: "begin",
    track,
    atNs: fromNs,
    name: windows > 1 ? `${windows} windows` : "window",
    notes,
  });
  tracks.writer.event({ type: "end", track, atNs: toNs });
}

function drawStacks(
  { kind, fromNs }: ProfileWindow,
  samples: readonly StackSample[],
  frames: Frames,
  tracks: Tracks,
): void {
  const [name, description] = kind === "cpu" ? ["CPU samples", helps.cpu] : ["waits", helps.waits];
  for (const sample of samples) {
    const track = tracks.below(tracks.thread(sample.thread), name, { description });
    const place = placeNames(sample).slice(0, -1);
    const callstack = frames.of(sample, place);
    tracks.writer.event({
      type: "instant",
      track,
      atNs: fromNs,
      name: place.at(-1) ?? "",
      category: name,
      callstack,
      weight: sample.ns,
    });
  }
}

/** Numbers of one window's frames in the trace. */
class Frames {
  readonly #frames: readonly StackFrame[];
  readonly #tracks: Tracks;
  #ids: number[] = [];
  #generation = -1;

  constructor(frames: readonly StackFrame[], tracks: Tracks) {
    this.#frames = frames;
    this.#tracks = tracks;
  }

  /** The element is the outermost frame. */
  of(sample: StackSample, place: readonly string[]): number[] {
    const { names } = this.#tracks.writer;
    if (names.generation !== this.#generation) [this.#ids, this.#generation] = [[], names.generation];
    const wait = waitName(sample);
    return [
      ...place.map((name) => names.frame(shown(name), "(element)")),
      ...sample.stack.map((index) => this.#id(index)),
      ...(wait === "" ? [] : [names.frame(shown(wait), "(wait)")]),
    ];
  }

  #id(index: number): number {
    const { name, module } = this.#frames[index] ?? { name: "(unknown)", module: "" };
    this.#ids[index] ??= this.#tracks.writer.names.frame(shown(name) || "(unnamed)", shown(module, 200));
    return this.#ids[index];
  }
}

function busiest(samples: readonly StackSample[]): ReadonlySet<string> {
  const byPath = timeByPath(samples);
  return new Set(
    [...byPath]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MOST_ELEMENTS)
      .map(([path]) => path),
  );
}

function timeByPath(samples: readonly StackSample[]): Map<string, number> {
  const byPath = new Map<string, number>();
  for (const { path, ns } of samples) {
    const own = elementPath(path);
    if (own !== "") byPath.set(own, (byPath.get(own) ?? 0) + ns);
  }
  return byPath;
}

/** One counter for each of the busiest elements; 0 where a window has nothing of it. */
class Loads {
  readonly #tracks: Tracks;
  readonly #paths: ReadonlySet<string>;
  #endNs = 0;

  constructor(tracks: Tracks, paths: ReadonlySet<string>) {
    this.#tracks = tracks;
    this.#paths = paths;
  }

  draw({ fromNs, toNs, listed }: ProfileWindow, samples: readonly StackSample[]): void {
    if (!listed || toNs <= fromNs) return;
    if (this.#endNs > 0 && fromNs > this.#endNs) this.end();
    const byPath = timeByPath(samples);
    for (const path of this.#paths) this.#set(path, fromNs, (100 * (byPath.get(path) ?? 0)) / (toNs - fromNs));
    this.#endNs = toNs;
  }

  end(): void {
    for (const path of this.#endNs > 0 ? this.#paths : []) this.#set(path, this.#endNs, 0);
  }

  #set(path: string, atNs: number, value: number): void {
    const about = { unit: "% of a core", description: helps.load, rank: LOAD_RANK };
    const track = this.#tracks.below(this.#tracks.process, `CPU: ${belowPipeline(path) || path}`, about);
    this.#tracks.writer.event({ type: "counter", track, atNs, value });
  }
}
