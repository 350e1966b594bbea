// What of a text may be shown? A part that can carry a credential only if it is known to be harmless.
//
// The tracer's half is native/process/redact.cc, step by step the same; one table of cases holds both.
// SPDX-License-Identifier: MPL-2.0

import { authWordsIn, keyKind, plainWord, startsLikeCredential, wordEnd } from "./keys.js";
import { harmlessValueEnd, Places, type Step, valueEnd } from "./places.js";
import { shownUrl, withoutUser } from "./url.js";

const HIDDEN = "***";

const MOST_PASSES = 8;

/** The text with every part that can carry a credential replaced by "***". In linear time; a second time changes nothing. */
export function redact(text: string): string {
  // Quotes without a partner may mean something else when a part is hidden: again, until nothing changes.
  let before = text;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const after = once(before);
    if (after === before) return after;
    before = after;
  }
  return HIDDEN;
}

/** The name of an element, a pad, a thread: looked at closely only if it can hold a URL or an assignment. */
export function redactName(name: string): string {
  return /:\/\/|[@=?]/.test(name) ? redact(name) : name;
}

function once(text: string): string {
  const places = new Places(text);
  let out = "";
  let at = 0;
  while (at < text.length) {
    const end = wordEnd(text, at);
    const step = (end > at ? word(places, at, end) : undefined) ?? userBefore(places, at) ?? plain(places, at, end);
    out += step.out;
    at = step.at;
  }
  return out;
}

function plain({ text }: Places, at: number, end: number): Step {
  const next = Math.max(end, at + 1);
  return { out: text.slice(at, next), at: next };
}

function word(places: Places, at: number, end: number): Step | undefined {
  const { text } = places;
  if (text.startsWith("://", end)) return shownUrl(places, at, end);
  return assignment(places, at, end) ?? credential(places, at, end);
}

/** key=value, "key": value, Key: value to the end of its line. */
function assignment(places: Places, at: number, end: number): Step | undefined {
  const { text } = places;
  const quote = places.quoteBefore(at);
  let sign = end;
  if (quote !== "" && text[sign] === "\\" && text[sign + 1] === quote) sign++;
  const keyQuoted = quote !== "" && text[sign] === quote;
  sign = places.skipBlanks(keyQuoted ? sign + 1 : sign);
  const colon = text[sign] === ":";
  if (!colon && (text[sign] !== "=" || text[sign + 1] === "=")) return undefined;
  const kind = keyKind(text.slice(at, end));
  if (colon && kind !== "secret") return undefined;
  const value = places.skipBlanks(sign + 1);
  const shown = text.slice(at, value);
  if (kind === "harmless" || places.urlBegins(value)) return { out: shown, at: value };
  const until = kind === "unknown" ? harmlessValueEnd(places, value, quote) : 0;
  if (until > value) return { out: text.slice(at, until), at: until };
  const enclosing = keyQuoted ? "" : quote;
  const stop = colon && !keyQuoted ? places.lineEnd(value, quote) : valueEnd(text, value, enclosing, keyQuoted);
  if (stop === value) return { out: shown, at: value };
  const around = keyQuoted ? places.quoteAt(value) : "";
  return { out: shown + around + HIDDEN + around, at: stop };
}

/** "Bearer xyz" wherever it stands, a JSON web token, a key that a provider marks. */
function credential(places: Places, at: number, end: number): Step | undefined {
  const { text } = places;
  if (startsLikeCredential(text, at)) return { out: HIDDEN, at: end };
  const kind = authWordsIn(text, at, end);
  const value = places.skipBlanks(end);
  if (kind === undefined || value === end) return undefined;
  const stop = places.chunkEnd(value, places.quoteBefore(at));
  if (stop === value || (kind === "prose" && /^[a-z]+[.,;:)]*$/.test(text.slice(value, Math.min(stop, value + 40)))))
    return undefined;
  return { out: text.slice(at, value) + HIDDEN, at: stop };
}

/** user:password@host without "//" */
function userBefore(places: Places, at: number): Step | undefined {
  const { text } = places;
  if (!places.chunkBegins(at) || " \t\n\r\v\f\0/.~@\"'`(<[{=,".includes(text[at] ?? "")) return undefined;
  const sign = places.lastAt(at, places.chunkEnd(at, places.quoteBefore(at)));
  if (sign <= at || plainWord(text, at, sign)) return undefined;
  return { out: withoutUser(text, at), at: sign };
}
