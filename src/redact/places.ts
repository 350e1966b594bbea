// Where does a value begin and end in a text? Each place is looked for once, so that all stays linear.
// SPDX-License-Identifier: MPL-2.0

import { isWord, wordEnd } from "./keys.js";
import { redactionWords as words } from "./words.js";

/** What to show next, and where to go on. */
export interface Step {
  out: string;
  at: number;
}

export const isBlank = (sign: string | undefined) => sign !== undefined && " \t\n\r\v\f\0".includes(sign);
const isQuote = (sign: string | undefined) => sign !== undefined && sign !== "" && "\"'`".includes(sign);

export class Places {
  readonly text: string;
  #first = true;
  readonly #next = new Map<string, { from: number; at: number }>();
  #lastAt = { end: -1, at: -1 };

  constructor(text: string) {
    this.text = text;
  }

  next(sign: string, from: number): number {
    return this.#look(sign, from, () => this.text.indexOf(sign, from));
  }

  nextBlank(from: number): number {
    return this.#look("blank", from, () => {
      let at = from;
      while (at < this.text.length && !isBlank(this.text[at])) at++;
      return at;
    });
  }

  /** First place at or after `from`, or the end. */
  #look(what: string, from: number, find: () => number): number {
    const known = this.#next.get(what);
    if (known && known.from <= from && from <= known.at) return known.at;
    const found = find();
    const at = found < 0 ? this.text.length : found;
    this.#next.set(what, { from, at });
    return at;
  }

  chunkEnd(from: number, quote: string): number {
    return quote === "" ? this.nextBlank(from) : Math.min(this.next(quote, from), this.nextBlank(from));
  }

  lineEnd(from: number, quote: string): number {
    return Math.min(this.next("\n", from), quote === "" ? this.text.length : this.next(quote, from));
  }

  /** The last "@" between, or -1. */
  lastAt(from: number, end: number): number {
    if (this.next("@", from) >= end) return -1;
    if (this.#lastAt.end !== end) this.#lastAt = { end, at: this.text.lastIndexOf("@", end - 1) };
    return this.#lastAt.at;
  }

  quoteBefore(at: number): string {
    const sign = this.text[at - 1];
    return at > 0 && isQuote(sign) ? (sign ?? "") : "";
  }

  /** The quote that begins at `at`, with the backslash before it. */
  quoteAt(at: number): string {
    const escaped = this.text[at] === "\\";
    const end = at + (escaped ? 2 : 1);
    return isQuote(this.text[end - 1]) ? this.text.slice(at, end) : "";
  }

  chunkBegins(at: number): boolean {
    const before = this.text[at - 1];
    return at === 0 || isBlank(before) || isQuote(before) || (before !== undefined && "=,(<[{".includes(before));
  }

  skipBlanks(from: number): number {
    let at = from;
    while (this.text[at] === " " || this.text[at] === "\t") at++;
    return at;
  }

  urlBegins(at: number): boolean {
    const from = isQuote(this.text[at]) ? at + 1 : at;
    let end = from;
    while (end - from < 24 && isWord(this.text.charCodeAt(end))) end++;
    return end > from && this.text.startsWith("://", end);
  }

  /** A text that begins with a URL, or with key=URL: a password may hold blanks there. */
  isFirstUrl(at: number): boolean {
    const first = this.#first && (at === 0 || this.nextBlank(0) >= at);
    this.#first = false;
    return first;
  }
}

/**
 * Behind a secret: at a blank outside quotes and brackets, or at the quote that stands around key and value; or around more than
 * those, which is one before the blank that began nothing in the value.
 */
export function valueEnd(text: string, from: number, enclosing: string, stopAtQuote: boolean): number {
  let [quote, depth, closed] = ["", 0, -1];
  const over = (at: number): number =>
    at - 1 > from && at - 1 !== closed && isQuote(text[at - 1]) && text[at - 2] !== "\\" ? at - 1 : at;
  for (let at = from; at < text.length; at++) {
    const escaped = text[at] === "\\" && isQuote(text[at + 1]);
    const sign = escaped ? text.slice(at, at + 2) : (text[at] ?? "");
    const begins = at === from || "=,(<[{) ".includes(text[at - 1] ?? "x");
    if (escaped) at++;
    if (quote !== "") {
      if (sign === quote) [quote, closed] = ["", at];
      if (quote === "" && stopAtQuote && depth === 0) return at + 1;
    } else if (depth === 0 && (sign === enclosing || isBlank(sign))) return sign === enclosing ? at : over(at);
    else if (begins && isQuote(sign.at(-1))) quote = sign;
    else if (begins && "(<[{".includes(sign)) depth++;
    else if (depth > 0 && ")>]}".includes(sign)) depth--;
  }
  return quote === "" && depth === 0 ? over(text.length) : text.length;
}

/** End of a number, a truth value, a path: what no credential looks like. `from` when it is none of these. */
export function harmlessValueEnd(places: Places, from: number, quote: string): number {
  const { text } = places;
  const typed = text[from] === "(" ? wordEnd(text, from + 1) : -1;
  const start = typed > 0 && text[typed] === ")" ? typed + 1 : from;
  let end = start;
  while (end - start < 256 && (isWord(text.charCodeAt(end)) || "/:%+~".includes(text[end] ?? " "))) end++;
  const value = text.slice(start, end);
  const fits =
    isNumber(value) ||
    words.harmlessValue.some((known) => known === value.toLowerCase()) ||
    (words.pathRoot.some((root) => value.startsWith(root)) && !value.includes(":"));
  return fits && endsHere(text, end, quote) ? end : from;
}

function isNumber(value: string): boolean {
  if (value.length > 20) return false;
  return /^[+-]?[0-9][0-9./:x-]*(?:[a-zA-Z]{0,3}|%)$/.test(value);
}

/** Is the value over? A comma ends it only when another key follows. */
function endsHere(text: string, end: number, quote: string): boolean {
  const sign = text[end];
  if (sign === undefined || isBlank(sign) || (quote !== "" && sign === quote)) return true;
  if (")]}>\"'".includes(sign)) return end + 1 >= text.length || isBlank(text[end + 1]);
  if (sign !== "," && sign !== ";") return false;
  let key = end + 1;
  while (key - end < 4 && text[key] === " ") key++;
  let at = key;
  while (at - key < 64 && isWord(text.charCodeAt(at))) at++;
  return at > key && text[at] === "=";
}
