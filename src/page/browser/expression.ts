// What does a regular expression ask for, step by step? Read into a machine that looks at each character of a text once.
// SPDX-License-Identifier: MPL-2.0

/** `next` and `other`: indexes of states. */
export type State =
  | { kind: "character"; is: RegExp; next: number }
  | { kind: "either"; next: number; other: number }
  | { kind: "begin" | "end" | "boundary" | "inside"; next: number }
  | { kind: "found" };

export interface Machine {
  states: readonly State[];
  start: number;
}

/** A person types some ten; a link may have been made by anybody. */
const MOST_CHARACTERS = 1000;
/** States, and copies of a part that may add none. */
const MOST_STATES = 2000;

/** Of the begin of what is left: a class, an escaped character, or any other one. */
const CLASS = /^\[(?:[^\]\\]|\\.)*\]/s;
const ESCAPED = /^\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|.)/is;
const COUNT = /^\{(\d+)(?:(,)(\d*))?\}/;
const GROUP = /^\((?:\?(?::|<[\w$]+>))?/;

/** Throws a sentence's part: what of it is not understood. `text` is a regular expression without flags. */
export function machineOf(text: string): Machine {
  if (text.length > MOST_CHARACTERS) throw new Error(`longer than ${MOST_CHARACTERS} characters`);
  return new Reader(text).machine();
}

/** Adds the states of a part, which go on at `next`; returns where the part begins. */
type Part = (next: number) => number;

class Reader {
  readonly #states: State[] = [{ kind: "found" }];
  #rest: string;
  #copies = 0;

  constructor(text: string) {
    this.#rest = text;
  }

  machine(): Machine {
    const start = this.#alternatives()(0);
    return { states: this.#states, start };
  }

  #alternatives(): Part {
    const ways = [this.#sequence()];
    while (this.#take(/^\|/) !== null) ways.push(this.#sequence());
    return ways.reduceRight((rest, way) => (next) => this.#add({ kind: "either", next: way(next), other: rest(next) }));
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#rest !== "" && !/^[|)]/.test(this.#rest)) parts.push(this.#repeated(this.#one()));
    return (next) => parts.reduceRight((at, part) => part(at), next);
  }

  #one(): Part {
    if (this.#take(/^\^/) !== null) return this.#condition("begin");
    if (this.#take(/^\$/) !== null) return this.#condition("end");
    if (this.#take(/^\\b/) !== null) return this.#condition("boundary");
    if (this.#take(/^\\B/) !== null) return this.#condition("inside");
    if (/^\(\?(?:[=!]|<[=!])/.test(this.#rest)) throw new Error("it looks ahead or behind");
    if (/^\\[1-9k]/.test(this.#rest)) throw new Error("it refers back to a group");
    if (/^\(\?(?![:<])/.test(this.#rest)) throw new Error("it has flags inside");
    if (/^\\(?:0\d|c(?![a-z]))/i.test(this.#rest))
      throw new Error("a backslash in it stands before nothing that is known");
    if (this.#take(GROUP) !== null) {
      const inner = this.#alternatives();
      this.#take(/^\)/);
      return inner;
    }
    const [source] = this.#take(CLASS) ?? this.#take(ESCAPED) ?? this.#take(/^./s) ?? [""];
    // A brace that counts nothing is one, and begins nothing either.
    const is = new RegExp(`^${source === "{" || source === "}" || source === "]" ? `\\${source}` : source}$`, "i");
    return (next) => this.#add({ kind: "character", is, next });
  }

  #condition(kind: "begin" | "end" | "boundary" | "inside"): Part {
    return (next) => this.#add({ kind, next });
  }

  /** Whether it takes few or many first is the same for a search that asks only whether it is there. */
  #repeated(part: Part): Part {
    const counted = this.#take(/^[*+?]/) ?? this.#take(COUNT);
    if (counted === null) return part;
    this.#take(/^\?/);
    const [sign, least = "", comma, most = ""] = counted;
    if (sign === "?") return this.#optional(part);
    if (sign === "*") return this.#anyTimes(part);
    if (sign === "+") return both(part, this.#anyTimes(part));
    const from = Number(least);
    if (comma === undefined) return this.#times(part, from);
    const more = most === "" ? this.#anyTimes(part) : this.#upTo(part, Number(most) - from);
    return both(this.#times(part, from), more);
  }

  #times(part: Part, n: number): Part {
    return (next) => {
      let at = next;
      for (let i = 0; i < n; i++) at = this.#copy(part)(at);
      return at;
    };
  }

  #upTo(part: Part, n: number): Part {
    return (next) => {
      let at = next;
      for (let i = 0; i < n; i++) at = this.#add({ kind: "either", next: this.#copy(part)(at), other: next });
      return at;
    };
  }

  #optional(part: Part): Part {
    return (next) => this.#add({ kind: "either", next: part(next), other: next });
  }

  #anyTimes(part: Part): Part {
    return (next) => {
      const loop = { kind: "either" as const, next, other: next };
      const at = this.#add(loop);
      loop.next = part(at);
      return at;
    };
  }

  /** One that adds no state is counted, too. */
  #copy(part: Part): Part {
    this.#copies++;
    this.#bound();
    return part;
  }

  #add(state: State): number {
    this.#bound();
    return this.#states.push(state) - 1;
  }

  #bound(): void {
    if (this.#states.length + this.#copies > MOST_STATES) throw new Error("it repeats too much");
  }

  #take(what: RegExp): RegExpExecArray | null {
    const found = what.exec(this.#rest);
    if (found !== null) this.#rest = this.#rest.slice(found[0].length);
    return found;
  }
}

const both =
  (a: Part, b: Part): Part =>
  (next) =>
    a(b(next));
