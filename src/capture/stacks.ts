// Which stacks are in the profiles, and for whom did they burn time? pprof in, one folded list out, equal stacks added up.
// SPDX-License-Identifier: MPL-2.0

import { gunzipSync } from "node:zlib";
import type { SampleOwner, StackFrame, StackSample } from "../model/recorded-profiles.js";
import type { NameOrigin } from "../model/symbol.js";
import { MAX_DEPTH, Pprof, type RawSample } from "./pprof.js";
import { MAX_KEY, type Numbers } from "./proto-cursor.js";
import { StackPool } from "./stack-pool.js";

/** A profile of ten seconds has some hundred kilobytes; whatever is larger than this is no profile of ours. */
const MAX_PROFILE_BYTES = 64 * 2 ** 20;
/** Most profiles are unpacked in a few pieces. */
const CHUNK_BYTES = 512 * 1024;
/** Different sets of labels; time of more has no owner. */
const MAX_OWNERS = 20_000;
const MAX_FRAMES = 500_000;
/** Of names and labels together. Those behind it have none. */
const MAX_CHARS = 24_000_000;
const MAX_CHAIN = 256;
/** Of all owners together. */
const MAX_CHAINED = 400_000;
const MAX_LABEL = 4096;
/** Frame 0: all that there is no room for. */
const OTHER_STACKS = "(other stacks)";

/** Shares what it has in common with others: there may be many. */
class Folded implements StackSample {
  ns = 0;
  constructor(
    readonly owner: SampleOwner,
    readonly number: number,
    readonly pool: StackPool,
  ) {}
  get path() {
    return this.owner.path;
  }
  get pipeline() {
    return this.owner.pipeline;
  }
  get factory() {
    return this.owner.factory;
  }
  get thread() {
    return this.owner.thread;
  }
  get blockedOn() {
    return this.owner.blockedOn;
  }
  get inferred() {
    return this.owner.inferred;
  }
  get chain() {
    return this.owner.chain;
  }
  get stack() {
    return this.number < 0 ? [0] : [...this.pool.frames(this.number)];
  }
}

/** A profile as it lies on disk. Throws when it is larger than any of ours. */
export const unpacked = (gzipped: Uint8Array): Buffer =>
  gunzipSync(gzipped, { maxOutputLength: MAX_PROFILE_BYTES, chunkSize: CHUNK_BYTES });

const ownerLabels = ["path", "pipeline", "factory", "thread", "chain", "blocked_on", "inferred"] as const;
const noOwner: SampleOwner = {
  path: "",
  pipeline: "",
  factory: "",
  thread: "",
  blockedOn: "",
  inferred: false,
  chain: [],
};

/** A function that has a symbol is called by that, in the system too. */
function originOf(profile: Pprof, name: number, systemName: number): NameOrigin | undefined {
  if (systemName === name) return undefined;
  const [, origin] = /^(type|role) ./.exec(profile.text(systemName)) ?? [];
  return origin as NameOrigin | undefined;
}

/** Frames by location; arrays by number, since a map would take most of the time. */
interface FramesAt {
  /** Below 0: -1 - index into `several`. */
  one: number[];
  /** From the caller to what was inlined into it. */
  several: number[][];
}

/** All profiles of one kind together. */
export class Stacks {
  readonly frames: StackFrame[] = [{ name: OTHER_STACKS, module: "" }];
  readonly samples: StackSample[] = [];
  /** By module and name. */
  readonly #frameIds = new Map<string, Map<string, number>>();
  readonly #moduleIds = new Map<string, number>();
  /** A module's id and a name each. */
  readonly #names = new StackPool();
  readonly #frameOfName: number[] = [];
  readonly #key = new Int32Array(MAX_KEY);
  readonly #owners = [noOwner];
  readonly #ownerIds = new Map<string, number>();
  readonly #pool = new StackPool();
  /** By number in the pool. */
  readonly #folded: Folded[] = [];
  /** By owner: time of stacks that the pool has no room for. */
  readonly #rest = new Map<number, Folded>();
  readonly #stack = new Int32Array(MAX_DEPTH + 1);
  #chars = 0;
  #chained = 0;

  /** Adds one profile as it lies on disk; says its nanoseconds and its size unpacked. Throws when it is not a whole pprof. */
  add(gzipped: Uint8Array): { ns: number; bytes: number } {
    const bytes = unpacked(gzipped);
    return { ns: this.addUnpacked(bytes), bytes: bytes.length };
  }

  /** Says its nanoseconds. */
  addUnpacked(bytes: Buffer): number {
    const profile = new Pprof(bytes);
    const value = profile.nanosecondValue();
    const frames = this.#framesOf(profile);
    const ownerOf = this.#ownersOf(profile);
    let total = 0;
    profile.samples((sample) => {
      const ns = value < sample.values.length ? (sample.values.items[value] ?? 0) : 0;
      // Above: a negative number.
      if (!(ns > 0 && ns < 2 ** 63)) return;
      total += ns;
      this.#book(ownerOf(sample.labels), sample.locations, frames, ns);
    });
    return total;
  }

  #framesOf(profile: Pprof): FramesAt {
    const frames: FramesAt = { one: [], several: [] };
    profile.locations((id, { names, systemName, module, address }) => {
      const [only = 0] = names;
      if (names.length === 1) frames.one[id] = this.#named(profile, only, module, originOf(profile, only, systemName));
      else if (names.length === 0) frames.one[id] = this.#frame(`${module || "?"}+0x${address.toString(16)}`, module);
      else frames.one[id] = -frames.several.push(names.map((name) => this.#named(profile, name, module)).reverse());
    });
    return frames;
  }

  /** As #frame, which most names of a profile went through with an earlier one. */
  #named(profile: Pprof, name: number, module: string, origin?: NameOrigin): number {
    const place = origin === undefined ? module : `${origin} ${module}`;
    const id = this.#moduleIds.get(place) ?? this.#moduleIds.size;
    this.#moduleIds.set(place, id);
    this.#key[0] = id;
    const number = this.#names.add(this.#key, profile.keyOfText(name, this.#key, 1));
    const frame = this.#frameOfName[number] ?? this.#frame(profile.text(name), module, origin);
    if (number >= 0) this.#frameOfName[number] = frame;
    return frame;
  }

  /** Within one profile equal labels have equal bytes. */
  #ownersOf(profile: Pprof): (labels: RawSample["labels"]) => number {
    const sets = new StackPool();
    const owners: number[] = [];
    return (labels) => {
      const set = sets.add(this.#key, profile.keyOfLabels(labels, this.#key, 0));
      if (set < 0) return 0;
      owners[set] ??= this.#owner(profile.labels(labels));
      return owners[set];
    };
  }

  #book(owner: number, { items, length: depth }: Numbers, { one, several }: FramesAt, ns: number): void {
    const stack = this.#stack;
    let length = 1;
    stack[0] = owner;
    for (let i = depth - 1; i >= 0; i--) {
      const at = one[items[i] ?? 0];
      if (at === undefined || length > MAX_DEPTH) continue;
      if (at >= 0) stack[length++] = at;
      else for (const frame of several[-at - 1] ?? []) if (length <= MAX_DEPTH) stack[length++] = frame;
    }
    const number = this.#pool.add(stack, length);
    const folded = number < 0 ? this.#rest.get(owner) : this.#folded[number];
    (folded ?? this.#fold(owner, number)).ns += ns;
  }

  #fold(owner: number, number: number): Folded {
    const folded = new Folded(this.#owners[owner] ?? noOwner, number, this.#pool);
    this.samples.push(folded);
    if (number < 0) this.#rest.set(owner, folded);
    else this.#folded[number] = folded;
    return folded;
  }

  #owner(labels: ReadonlyMap<string, string>): number {
    const texts = ownerLabels.map((label) => {
      // Older captures have no name of the thread besides.
      const text = (label === "thread" ? labels.get("thread_name") : undefined) ?? labels.get(label);
      return text?.slice(0, MAX_LABEL) ?? "";
    });
    const key = JSON.stringify(texts);
    const known = this.#ownerIds.get(key);
    if (known !== undefined) return known;
    const [path = "", pipeline = "", factory = "", thread = "", chain = "", blockedOn = "", inferred = ""] = texts;
    if (this.#owners.length >= MAX_OWNERS || !this.#hasRoom(2 * key.length)) return 0;
    const ids = chain.split(" ", MAX_CHAIN).filter(Boolean).map(Number);
    this.#chained += ids.length;
    const inside = this.#chained <= MAX_CHAINED ? ids : [];
    const owner = { path, pipeline, factory, thread, blockedOn, inferred: inferred !== "", chain: inside };
    const id = this.#owners.push(owner) - 1;
    this.#ownerIds.set(key, id);
    return id;
  }

  #frame(name: string, module: string, origin?: NameOrigin): number {
    const place = origin === undefined ? module : `${origin} ${module}`;
    const ids = this.#frameIds.get(place) ?? new Map<string, number>();
    if (ids.size === 0) this.#frameIds.set(place, ids);
    const known = ids.get(name);
    if (known !== undefined) return known;
    if (this.frames.length >= MAX_FRAMES || !this.#hasRoom(name.length + module.length)) return 0;
    const id = this.frames.push({ name, module, ...(origin !== undefined && { origin }) }) - 1;
    ids.set(name, id);
    return id;
  }

  #hasRoom(chars: number): boolean {
    this.#chars += chars;
    return this.#chars <= MAX_CHARS;
  }
}
