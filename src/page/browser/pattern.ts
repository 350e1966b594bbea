// Which names does a person look for? A regular expression or plain text, in any case; one that is none is told, and nothing breaks.
// SPDX-License-Identifier: MPL-2.0

import { BoundedSearch, TooMuchWork } from "./bounded-search.js";

export interface Pattern {
  readonly text: string;
  /** A name, a module. */
  matches(text: string): boolean;
  /** Why it is not searched for as a regular expression; "" = it is. May come with a name that it takes too long for. */
  readonly problem: string;
}

const TOO_LONG =
  "This expression takes too long here: searched for as plain text. Type one with fewer repetitions to search with it.";

/** Names that the answer is kept of. */
const MOST_ANSWERS = 50_000;

let latest: Pattern | null = null;

/** A name like "operator()" or "libx264.so+fn@0x1c" is found as it stands, too. */
export function patternOf(typed: string): Pattern {
  const text = typed.trim();
  // Graphs and tables ask one after the other, on a live page in every second.
  if (latest?.text !== text) latest = new Searched(text);
  return latest;
}

/**
 * Never the browser's own expressions: they try one way after the other, and `(a+)+$` in a link would hold up the page for longer
 * than anybody waits.
 */
class Searched implements Pattern {
  readonly text: string;
  problem = "";
  readonly #plain: string;
  #expression: BoundedSearch | null = null;
  readonly #answers = new Map<string, boolean>();

  constructor(text: string) {
    this.text = text;
    this.#plain = text.toLowerCase();
    try {
      new RegExp(text, "i"); // says what is wrong with it, and looks at nothing
      this.#expression = new BoundedSearch(text);
    } catch (error) {
      const why = (error as Error).message.split(": ").at(-1)?.toLowerCase() ?? "";
      this.problem =
        error instanceof SyntaxError
          ? `No regular expression (${why}): searched for as plain text.`
          : `Regular expressions like this one are not searched for here (${why}): searched for as plain text.`;
    }
  }

  matches(name: string): boolean {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const answer = name.toLowerCase().includes(this.#plain) || this.#finds(name);
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
    this.#answers.set(name, answer);
    return answer;
  }

  #finds(name: string): boolean {
    try {
      return this.#expression?.test(name) ?? false;
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error;
      this.#expression = null;
      this.problem = TOO_LONG;
      this.#answers.clear();
      return false;
    }
  }
}
