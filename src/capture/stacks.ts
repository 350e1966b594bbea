// Which stacks are in the profiles, and for whom did they burn time? pprof in, one folded list out, equal stacks added up.
// SPDX-License-Identifier: MPL-2.0

import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";

/** A profile of ten seconds has some hundred kilobytes; whatever is larger than this is no profile of ours. */
const MAX_PROFILE_BYTES = 128 * 1024 * 1024;

/** The tracer keeps 256; a deeper stack was not made by it, and is cut at the root. */
const MAX_DEPTH = 1024;

export interface StackFrame {
  name: string;
  /** File name of the module, or "". */
  module: string;
}

export interface StackSample {
  /** Real path of the element, or "" when the sample fell outside of all. */
  path: string;
  pipeline: string;
  factory: string;
  thread: string;
  /** System call, or "cpu" while it was ready; "" = the thread ran. */
  blockedOn: string;
  /** A caller of generated code or assembly was searched for. */
  inferred: boolean;
  /** Topology's ids of all elements that it fell into, innermost first, the driver of its thread last. */
  chain: number[];
  ns: number;
  /** Indexes into `frames`, from the thread's first frame to the leaf. */
  stack: number[];
}

/** All profiles of one kind together. */
export class Stacks {
  readonly frames: StackFrame[] = [];
  readonly #frameIds = new Map<string, number>();
  readonly #samples = new Map<string, StackSample>();

  get samples(): StackSample[] {
    return [...this.#samples.values()];
  }

  /** Adds one profile as it lies on disk and returns its nanoseconds; throws when it is not a whole pprof. */
  add(gzipped: Uint8Array): number {
    const profile = Profile.decode(gunzipSync(gzipped, { maxOutputLength: MAX_PROFILE_BYTES }));
    const names = profile.stringTable.strings;
    const value = nanosecondValue(profile, names);
    const frames = this.#framesOf(profile, names);
    let total = 0;
    for (const sample of profile.sample) {
      const ns = Number(sample.value[value] ?? 0);
      if (!(ns > 0)) continue;
      total += ns;
      const labels = new Map(sample.label.map((l) => [names[Number(l.key)] ?? "", names[Number(l.str)] ?? ""]));
      const leafFirst = sample.locationId.slice(0, MAX_DEPTH).flatMap((id) => frames.get(Number(id)) ?? []);
      const stack = leafFirst.slice(0, MAX_DEPTH).reverse();
      this.#book(labels, stack, ns);
    }
    return total;
  }

  #book(labels: Map<string, string>, stack: number[], ns: number): void {
    const of = (key: string): string => labels.get(key) ?? "";
    const who = [
      of("path"),
      of("pipeline"),
      of("factory"),
      of("thread"),
      of("chain"),
      of("blocked_on"),
      of("inferred"),
    ] as const;
    const key = JSON.stringify([who, stack]);
    const known = this.#samples.get(key);
    if (known !== undefined) known.ns += ns;
    else {
      const chain = who[4].split(" ").filter(Boolean).map(Number);
      const [path, pipeline, factory, thread, , blockedOn, inferred] = who;
      const sample = { path, pipeline, factory, thread, blockedOn, inferred: inferred !== "", chain, ns, stack };
      this.#samples.set(key, sample);
    }
  }

  /** By location: its frames, leaf first (a location has several where functions were inlined). */
  #framesOf(profile: Profile, names: string[]): Map<number, number[]> {
    const functions = new Map(profile.function.map((f) => [Number(f.id), names[Number(f.name)] ?? ""]));
    const modules = new Map(profile.mapping.map((m) => [Number(m.id), fileName(names[Number(m.filename)] ?? "")]));
    return new Map(
      profile.location.map((location) => {
        const module = modules.get(Number(location.mappingId)) ?? "";
        const lines = location.line.map((line) => functions.get(Number(line.functionId)) ?? "").filter((n) => n !== "");
        const named = lines.length > 0 ? lines : [`${module || "?"}+0x${location.address.toString(16)}`];
        return [Number(location.id), named.map((name) => this.#frame(name, module))];
      }),
    );
  }

  #frame(name: string, module: string): number {
    const key = `${module}\0${name}`;
    const known = this.#frameIds.get(key);
    if (known !== undefined) return known;
    const id = this.frames.push({ name, module }) - 1;
    this.#frameIds.set(key, id);
    return id;
  }
}

function nanosecondValue(profile: Profile, names: string[]): number {
  const index = profile.sampleType.findIndex((type) => names[Number(type.unit)] === "nanoseconds");
  if (index < 0) throw new Error("no value in nanoseconds");
  return index;
}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
