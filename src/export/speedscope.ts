// How does speedscope read a recording? Its own JSON: all frames once, then a profile each of CPU, of wall time and of the busiest threads.
// SPDX-License-Identifier: MPL-2.0

import { placeNames, waitName } from "../analysis/sample-place.js";
import type { StackFrame, StackSample } from "../model/recorded-profiles.js";
import {
  type Chunks,
  type ExportedStacks,
  type ExportSource,
  NothingToExport,
  shown,
  stacksOf,
  sumNs,
} from "./source.js";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";
/** That have a profile of their own, besides the one of all. */
const MOST_THREADS = 40;
/** More than this is more than a browser's page can hold as one text. */
const MOST_SAMPLES = 2_000_000;

interface Profile {
  name: string;
  samples: readonly StackSample[];
  /** Where the frames of its stacks begin in the shared list. */
  first: number;
}

export async function speedscope(source: ExportSource): Promise<Chunks> {
  const [cpu, wall] = [await stacksOf(source, "cpu"), await stacksOf(source, "wall")];
  if ((cpu?.samples.length ?? 0) + (wall?.samples.length ?? 0) === 0)
    throw new NothingToExport("there is neither CPU nor wall time of what was asked for");
  return pieces(source, cpu, wall);
}

function* pieces(source: ExportSource, cpu: ExportedStacks | null, wall: ExportedStacks | null): Generator<string> {
  const { capture, version, note } = source;
  const frames = [...(cpu?.frames ?? []), ...(wall?.frames ?? [])];
  const profiles: Profile[] = [];
  if (cpu !== null) profiles.push({ name: "CPU time, all threads", samples: cpu.samples, first: 0 });
  if (wall !== null)
    profiles.push({ name: "Wall time, all threads", samples: wall.samples, first: cpu?.frames.length ?? 0 });
  if (cpu !== null) profiles.push(...threads(cpu.samples));
  if (profiles.some(({ samples }) => samples.length > MOST_SAMPLES))
    note(
      `speedscope may not open a file of more than ${MOST_SAMPLES} stacks: --element, --from and --to choose some of them`,
    );
  const made = new Owners(frames.length);
  for (const { samples } of profiles) for (const sample of samples) made.add(sample);
  yield `{"$schema":"${SCHEMA}","exporter":${json(`gst-pyroscope ${version}`)},"name":${json(shown(capture.facts.target.command, 200))},"activeProfileIndex":0,"shared":{"frames":[\n`;
  yield* list([...frames, ...made.frames], frameJson);
  yield ']},"profiles":[\n';
  for (const [i, profile] of profiles.entries()) {
    if (i > 0) yield ",\n";
    yield* profilePieces(profile, made);
  }
  yield "]}\n";
}

/** Frames that name owners and waits, behind those of the stacks. */
class Owners {
  readonly frames: StackFrame[] = [];
  readonly #ids = new Map<string, number>();
  readonly #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  add(sample: StackSample): void {
    for (const name of [...placeNames(sample), waitName(sample)]) this.#id(name);
  }

  around(sample: StackSample, first: number): number[] {
    const wait = waitName(sample);
    const own = sample.stack.map((index) => index + first);
    return [...placeNames(sample).map((name) => this.#id(name)), ...own, ...(wait === "" ? [] : [this.#id(wait)])];
  }

  #id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#first + this.frames.push({ name, module: "" }) - 1;
    this.#ids.set(name, id);
    return id;
  }
}

function threads(samples: readonly StackSample[]): Profile[] {
  const byThread = new Map<string, StackSample[]>();
  for (const sample of samples) {
    const known = byThread.get(sample.thread);
    if (known === undefined) byThread.set(sample.thread, [sample]);
    else known.push(sample);
  }
  if (byThread.size < 2) return [];
  const busiest = [...byThread].sort(([, a], [, b]) => sumNs(b) - sumNs(a)).slice(0, MOST_THREADS);
  return busiest.map(([name, of]) => ({ name: `CPU time, ${name || "unknown thread"}`, samples: of, first: 0 }));
}

function* profilePieces({ name, samples, first }: Profile, made: Owners): Generator<string> {
  const title = shown(name, 200);
  yield `{"type":"sampled","name":${json(title)},"unit":"nanoseconds","startValue":0,"endValue":${Math.round(sumNs(samples))},"samples":[\n`;
  yield* list(samples, (sample) => `[${made.around(sample, first).join(",")}]`);
  yield '],"weights":[\n';
  yield* list(samples, ({ ns }) => String(Math.round(ns)));
  yield "]}";
}

const frameJson = ({ name, module }: StackFrame): string =>
  json({ name: shown(name) || "(unnamed)", ...(module !== "" && { file: shown(module, 200) }) });

/** What could end a script element is escaped, wherever the file is embedded. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

const PIECE = 500;

/** With commas between, several in one piece. */
function* list<T>(items: readonly T[], text: (item: T) => string): Generator<string> {
  for (let at = 0; at < items.length; at += PIECE) {
    const piece = items
      .slice(at, at + PIECE)
      .map(text)
      .join(",\n");
    yield at === 0 ? piece : `,\n${piece}`;
  }
}
