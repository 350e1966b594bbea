// Does a text match a regular expression, within a time that nobody can make long? Each character is looked at once, with all ways at a time.
// SPDX-License-Identifier: MPL-2.0

import { type Machine, machineOf, type State } from "./expression.js";

/** What stood before: nothing, a sign, a letter of a word. */
type Before = "begin" | "sign" | "letter";
/** What comes next; of a text's end nothing does. */
type After = "sign" | "letter" | "end";

/** Where the machine may be between two characters. */
interface Place {
  states: readonly number[];
  before: Before;
  /** By what comes next: states that wait for a character; null: it has found what it looks for. */
  ways: Map<After, readonly number[] | null>;
  /** By the next character's code; null as above. */
  next: Map<number, Place | null>;
}

/** Places that are remembered; then it begins anew. */
const MOST_PLACES = 500;
/** Looks at a state: a few tenths of a second. */
const MOST_LOOKS = 1_000_000;

export class TooMuchWork extends Error {}

export class BoundedSearch {
  readonly #machine: Machine;
  readonly #places = new Map<string, Place>();
  #looks = 0;

  /** Throws what of `text`, which is a regular expression, is not understood. */
  constructor(text: string) {
    this.#machine = machineOf(text);
  }

  /** Throws TooMuchWork when all texts so far took too much of it; from then on always. */
  test(text: string): boolean {
    let place: Place | null = this.#place([], "begin");
    for (let i = 0; i < text.length && place !== null; i++) {
      const code = text.charCodeAt(i);
      let next: Place | null | undefined = place.next.get(code);
      if (next === undefined) {
        next = this.#step(place, text.charAt(i));
        place.next.set(code, next);
      }
      place = next;
    }
    return place === null || this.#waysOf(place, "end") === null;
  }

  #step(place: Place, character: string): Place | null {
    const kind = /\w/.test(character) ? "letter" : "sign";
    const ways = this.#waysOf(place, kind);
    if (ways === null) return null;
    this.#work(ways.length);
    const reached = new Set<number>();
    for (const way of ways) {
      const state = this.#machine.states[way] as State;
      if (state.kind === "character" && state.is.test(character)) reached.add(state.next);
    }
    return this.#place([...reached], kind);
  }

  #place(states: readonly number[], before: Before): Place {
    const key = `${before} ${[...states].sort((a, b) => a - b).join(" ")}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#places.size >= MOST_PLACES) this.#forget();
    const place: Place = { states, before, ways: new Map(), next: new Map() };
    this.#places.set(key, place);
    return place;
  }

  /** They hold each other. */
  #forget(): void {
    for (const { next } of this.#places.values()) next.clear();
    this.#places.clear();
  }

  /** It may begin anywhere, so that the machine's start is always one of them. */
  #waysOf(place: Place, after: After): readonly number[] | null {
    const known = place.ways.get(after);
    if (known !== undefined) return known;
    const ways = this.#follow([...place.states, this.#machine.start], place.before, after);
    place.ways.set(after, ways);
    return ways;
  }

  #follow(from: readonly number[], before: Before, after: After): readonly number[] | null {
    const { states } = this.#machine;
    const seen = new Set(from);
    const waiting: number[] = [];
    const atBoundary = (before === "letter") !== (after === "letter");
    const holds = { begin: before === "begin", end: after === "end", boundary: atBoundary, inside: !atBoundary };
    // A set gives what is added while it is walked through, too.
    for (const at of seen) {
      this.#work(1);
      const state = states[at] as State;
      if (state.kind === "found") return null;
      if (state.kind === "character") waiting.push(at);
      else if (state.kind === "either") seen.add(state.next).add(state.other);
      else if (holds[state.kind]) seen.add(state.next);
    }
    return waiting;
  }

  #work(looks: number): void {
    this.#looks += looks;
    if (this.#looks > MOST_LOOKS) throw new TooMuchWork();
  }
}
