// How are the stacks of many windows held, each once, for as long as a window has it? Counted, found by their hash, let go again.
// SPDX-License-Identifier: MPL-2.0

import { mix } from "../model/hash-index.js";
import type { NamedSamples } from "../model/named-samples.js";
import { keyOfFrame, type SampleOwner, type StackFrame } from "../model/recorded-profiles.js";
import { FOLDED_FRAME } from "../model/symbol.js";
import { SharedRows } from "./shared-rows.js";

/** Estimates: an object, its place in the index, its list of frames. */
const STACK_BYTES = 160;
const FRAME_PLACE_BYTES = 8;
const FRAME_BYTES = 120;
/** Of a frame with an address: that and its module; and once more in the key of one with an origin. */
const ADDRESS_BYTES = 24;
const ADDRESS_KEY_BYTES = 48;
const OWNER_BYTES = 240;

/** One stack of one owner. Each window that keeps it holds it, and lets it go. */
export interface HeldStack {
  readonly owner: number;
  /** Indexes into `frames`, from the thread's first frame to the leaf. */
  readonly frames: readonly number[];
  /** Scratch of the code that adds stacks up: valid while `round` is that of its sum. */
  ns: number;
  round: number;
}

interface Kept extends HeldStack {
  hash: number;
  holders: number;
  /** The next one of this hash. */
  next: Kept | undefined;
}

export class StackTable {
  readonly #frames = new SharedRows<StackFrame>(keyOfFrame, bytesOfFrame);
  readonly #owners = new SharedRows<SampleOwner>(
    (owner) => JSON.stringify(owner),
    ({ path, thread, chain }) => OWNER_BYTES + 2 * (path.length + thread.length) + FRAME_PLACE_BYTES * chain.length,
  );
  readonly #byHash = new Map<number, Kept>();
  #stackBytes = 0;
  #size = 0;
  #round = 0;

  /** Estimated memory. */
  get bytes(): number {
    return this.#stackBytes + this.#frames.bytes + this.#owners.bytes;
  }

  get size(): number {
    return this.#size;
  }

  /** As they are now: a number that nobody holds any more is given to others later. */
  get frames(): StackFrame[] {
    return this.#frames.all();
  }

  owner(stack: HeldStack): SampleOwner {
    return this.#owners.at(stack.owner);
  }

  /** A number that no stack has in `round` yet. */
  nextRound(): number {
    return ++this.#round;
  }

  /** The stacks of a window, each held once, with their sums in `ns`. */
  holdAll({ frames, stacks }: Pick<NamedSamples, "frames" | "stacks">): HeldStack[] {
    const round = this.nextRound();
    const numbers = frames.map((frame) => this.#frames.hold(frame));
    const owners = new Map<SampleOwner, number>();
    const held: HeldStack[] = [];
    for (const { owner, stack, ns } of stacks) {
      const known = owners.get(owner);
      const number = known ?? this.#owners.hold(owner);
      if (known === undefined) owners.set(owner, number);
      const places = stack.map((index) => numbers[index] ?? 0);
      const found = this.#find(number, places) ?? this.#add(number, places);
      if (found.round !== round) {
        held.push(found);
        this.hold(found);
        Object.assign(found, { round, ns: 0 });
      }
      found.ns += ns;
    }
    for (const number of numbers) this.#frames.release(number);
    for (const number of owners.values()) this.#owners.release(number);
    return held;
  }

  isFolded({ frames }: HeldStack): boolean {
    return frames.length === 1 && this.#frames.at(frames[0] ?? 0).name === FOLDED_FRAME;
  }

  /** What stands for all stacks of this one's owner that are not kept each. It is not held yet. */
  foldedOf(stack: HeldStack): HeldStack {
    const place = this.#frames.hold({ name: FOLDED_FRAME, module: "" });
    const found = this.#find(stack.owner, [place]) ?? this.#add(stack.owner, [place]);
    this.#frames.release(place);
    return found;
  }

  hold(stack: HeldStack): void {
    (stack as Kept).holders++;
  }

  release(stack: HeldStack): void {
    const kept = stack as Kept;
    if (--kept.holders > 0) return;
    this.#unlink(kept);
    for (const frame of kept.frames) this.#frames.release(frame);
    this.#owners.release(kept.owner);
    this.#stackBytes -= bytesOf(kept);
    this.#size--;
  }

  #find(owner: number, frames: readonly number[]): Kept | undefined {
    let kept = this.#byHash.get(hashOf(owner, frames));
    while (kept !== undefined && !(kept.owner === owner && isSame(kept.frames, frames))) kept = kept.next;
    return kept;
  }

  #add(owner: number, frames: readonly number[]): Kept {
    const hash = hashOf(owner, frames);
    const kept: Kept = { owner, frames, ns: 0, round: 0, hash, holders: 0, next: this.#byHash.get(hash) };
    this.#byHash.set(hash, kept);
    for (const frame of frames) this.#frames.holdAt(frame);
    this.#owners.holdAt(owner);
    this.#stackBytes += bytesOf(kept);
    this.#size++;
    return kept;
  }

  #unlink(kept: Kept): void {
    const first = this.#byHash.get(kept.hash);
    if (first === kept && kept.next === undefined) this.#byHash.delete(kept.hash);
    else if (first === kept && kept.next !== undefined) this.#byHash.set(kept.hash, kept.next);
    else {
      let before = first;
      while (before !== undefined && before.next !== kept) before = before.next;
      if (before !== undefined) before.next = kept.next;
    }
  }
}

function bytesOfFrame({ name, module, origin, address }: StackFrame): number {
  const bytes = FRAME_BYTES + 2 * (name.length + module.length);
  if (address === undefined) return bytes;
  return bytes + ADDRESS_BYTES + (origin === undefined ? 0 : ADDRESS_KEY_BYTES);
}

const bytesOf = ({ frames }: HeldStack): number => STACK_BYTES + FRAME_PLACE_BYTES * frames.length;

function hashOf(owner: number, frames: readonly number[]): number {
  let hash = mix(1, owner);
  for (const frame of frames) hash = mix(hash, frame);
  return hash;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
