// What are the samples of a window called, for a reader in this process? The same names and owners that its pprof would bring, without it.
// SPDX-License-Identifier: MPL-2.0

import { sanitizeLabels, wellFormed } from "../model/labels.js";
import type { NamedSamples, NamedStack } from "../model/named-samples.js";
import { keyOfFrame, type ProfileCounts, type SampleOwner, type StackFrame } from "../model/recorded-profiles.js";
import { MAX_PATH, type NameOrigin } from "../model/symbol.js";
import { type Locations, LocationTable, type NamedFrame, type NamingRequest, namedBy } from "./location-table.js";
import { framesBy, labelsOf, locationsOf } from "./pprof.js";
import type { ProfileRequest } from "./request.js";
import { ON_CPU, type Row, type Window } from "./window.js";

/** `labels`: with the real names, as a capture gets them. */
export type SamplesRequest = NamingRequest & Pick<ProfileRequest, "labels" | "wait">;

export function namedSamples(window: Window, request: SamplesRequest): NamedSamples {
  const list = new FrameList();
  const table = new LocationTable(window, request, list);
  const owners = new Owners(request);
  const [running, blocked] = [new Counted(), new Counted()];
  const stacks = window.rows.map((row): NamedStack => {
    const counted = row.wait === ON_CPU ? running : blocked;
    const locations = locationsOf(row, table, list);
    counted.add(row);
    counted.addFrames(row, table);
    return { owner: owners.of(row), stack: list.stackOf(locations), ns: row.weightNs };
  });
  return { frames: list.frames, stacks, running: running.sums(), blocked: blocked.sums() };
}

/** The same without stacks: a few rows, and no frame needs a name. `owners`: those that were named before. */
export function ownedSamples(window: Window, owners: Owners): NamedSamples {
  const [running, blocked] = [new Counted(), new Counted()];
  const sums = new Map<SampleOwner, NamedStack>();
  for (const row of window.rows) {
    (row.wait === ON_CPU ? running : blocked).add(row);
    const owner = owners.of(row);
    const sum = sums.get(owner) ?? { owner, stack: [], ns: 0 };
    sum.ns += row.weightNs;
    sums.set(owner, sum);
  }
  return { frames: [], stacks: [...sums.values()], running: running.sums(), blocked: blocked.sums() };
}

/** Frames by name and module; a location is one of them, or several where functions were inlined. */
class FrameList implements Locations {
  readonly frames: StackFrame[] = [];
  readonly #ids = new Map<string, number>();
  /** By location: from the caller to what was inlined into it. */
  readonly #ofLocation: number[][] = [[]];
  readonly #synthetic = new Map<string, number>();

  location(_module: number, offset: number, frame: NamedFrame): number {
    const path = wellFormed(frame.module?.path ?? "", MAX_PATH) || "[unknown]";
    const module = path.slice(path.lastIndexOf("/") + 1);
    const code = codeOf(frame, offset);
    const frames = frame.lines.map(({ name, systemName }) => {
      const origin = originIn(systemName);
      return this.#frame({ name, module, ...(origin !== undefined && { origin }), ...code });
    });
    return this.#ofLocation.push(frames.reverse()) - 1;
  }

  synthetic(name: string): number {
    const known = this.#synthetic.get(name);
    if (known !== undefined) return known;
    const id = this.location(0, 0, { lines: [{ name, file: "", line: 0 }], module: undefined });
    this.#synthetic.set(name, id);
    return id;
  }

  /** From the thread's first frame to the leaf. `locations`: leaf first. */
  stackOf(locations: ArrayLike<number>): number[] {
    const stack: number[] = [];
    for (let i = locations.length - 1; i >= 0; i--) stack.push(...(this.#ofLocation[locations[i] ?? 0] ?? []));
    return stack;
  }

  #frame(frame: StackFrame): number {
    const key = keyOfFrame(frame);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.frames.push(frame) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** As LocationTable writes it in front of a name that is no symbol. */
const originIn = (systemName = ""): NameOrigin | undefined =>
  /^(type|role) ./.exec(systemName)?.[1] as NameOrigin | undefined;

/**
 * Frames of one function are one, so they have the address where it begins: a symbol found there is that of each. One that is called
 * by its address stands for itself. Of a block of code that nothing describes nobody knows how many functions it has: none.
 */
function codeOf({ lines: [line], module, start }: NamedFrame, offset: number): Pick<StackFrame, "address" | "image"> {
  const address = start ?? (line?.name.endsWith(`+0x${offset.toString(16)}`) ? offset : undefined);
  const canBeFound = module !== undefined && module.buildId !== "" && module.path.startsWith("/");
  return address === undefined || !canBeFound ? {} : { address, image: module };
}

/** A target with ever new threads has ever new owners. */
const MOST_OWNERS = 5000;

/** Label sets keep their meaning: an owner that has its names has them in the next window, too. */
export class Owners {
  readonly #request: SamplesRequest;
  readonly #known = new Map<string, SampleOwner>();
  readonly #labels = new Map<number, ReadonlyMap<string, string>>();

  constructor(request: SamplesRequest) {
    this.#request = request;
  }

  of({ labelSet, wait, inferred }: Row): SampleOwner {
    const key = `${labelSet} ${wait} ${inferred > 0}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const text = (name: string): string => this.#labelsOf(labelSet).get(name) ?? "";
    const owner = {
      path: text("path"),
      pipeline: text("pipeline"),
      factory: text("factory"),
      thread: text("thread_name") || text("thread"),
      blockedOn: wait === ON_CPU ? "" : this.#request.wait(wait),
      inferred: inferred > 0,
      chain: text("chain").split(" ").filter(Boolean).map(Number),
    };
    if (this.#known.size >= MOST_OWNERS) this.#forget();
    this.#known.set(key, owner);
    return owner;
  }

  #forget(): void {
    this.#known.clear();
    this.#labels.clear();
  }

  #labelsOf(labelSet: number): ReadonlyMap<string, string> {
    const known = this.#labels.get(labelSet);
    if (known !== undefined) return known;
    const labels = new Map(sanitizeLabels(labelsOf(labelSet, this.#request)));
    this.#labels.set(labelSet, labels);
    return labels;
  }
}

/** What pprof has no place for. */
class Counted {
  readonly frames = new Float64Array(Object.keys(namedBy).length);
  readonly #sums = { samples: 0, reachedRoot: 0, inferred: 0 };

  add({ samples, reachedRoot, inferred }: Row): void {
    this.#sums.samples += samples;
    this.#sums.reachedRoot += reachedRoot;
    this.#sums.inferred += inferred;
  }

  addFrames({ stack, samples }: Row, table: LocationTable): void {
    for (let i = 0; i < stack.length; i++) {
      const by = table.namedBy(table.id(stack, i));
      this.frames[by] = (this.frames[by] ?? 0) + samples;
    }
  }

  sums(): ProfileCounts {
    return { ...this.#sums, ...framesBy(this.frames) };
  }
}
