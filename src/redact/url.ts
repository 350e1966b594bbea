// Which parts of a URL can carry a credential? User, unusual parts of the path, the query, the fragment.
// SPDX-License-Identifier: MPL-2.0

import { keyKind, plainWord } from "./keys.js";
import type { Places, Step } from "./places.js";
import { redactionWords as words } from "./words.js";

const HIDDEN = "***";
/** So far behind a blank may the "@" stand of a password that holds one. */
const REACH = 80;

/** scheme://… from `at`, the colon at `colon`. */
export function shownUrl(places: Places, at: number, colon: number): Step {
  const { text } = places;
  const scheme = text.slice(at, colon).toLowerCase();
  const begin = colon + 3;
  let end = endOf(places, at, begin);
  if (scheme === "file") return { out: text.slice(at, end), at: end };
  const user = endOfUser(places, at, begin, end);
  if (user >= end) end = endOf(places, at, user + 1);
  if (user >= 0 && isAmbiguous(text.slice(begin, user))) return { out: text.slice(at, begin) + HIDDEN, at: end };
  const from = user < 0 ? begin : user + 1;
  let stop = end;
  while (stop > from && "\"'`>)]},;".includes(text[stop - 1] ?? " ") && !closesAddress(text, from, stop)) stop--;
  const rest = shownRest(text.slice(from, stop), scheme);
  return { out: `${text.slice(at, begin)}${user < 0 ? "" : `${HIDDEN}@`}${rest}${text.slice(stop, end)}`, at: end };
}

function closesAddress(text: string, from: number, stop: number): boolean {
  return text[stop - 1] === "]" && text[from] === "[" && stop - from < 60 && !text.slice(from, stop - 1).includes("]");
}

function endOf(places: Places, at: number, from: number): number {
  return places.chunkEnd(from, places.quoteBefore(at));
}

/** Place of the "@" behind user and password, which may hold any sign at all; -1 = there is none. */
function endOfUser(places: Places, at: number, begin: number, end: number): number {
  const { text } = places;
  const quote = places.quoteBefore(at);
  const first = places.isFirstUrl(at);
  const whole = quote !== "" ? places.next(quote, begin) : first ? text.length : end;
  const limit = whole > end && places.next("://", begin) < whole ? end : whole;
  const inside = places.lastAt(begin, limit);
  if (inside >= begin) return inside;
  const host = hostOf(text.slice(begin, Math.min(end, begin + 300)));
  const next = places.next("@", begin);
  const near = next < text.length && next - end < REACH && places.next("://", begin) > next;
  return near && next >= end && !isHost(host) ? next : -1;
}

/** h/x?token=a@b: is "b" the end of a secret, or the host behind a password that holds a slash? */
function isAmbiguous(before: string): boolean {
  const host = hostOf(before);
  return host.length < before.length && isHost(host.slice(host.lastIndexOf("@") + 1));
}

const hostOf = (rest: string) => rest.slice(0, rest.search(/[/?#]|$/));
const isHost = (host: string) => /^(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.%]*\])(?::[0-9]{0,5})?$/.test(host);

function shownRest(rest: string, scheme: string): string {
  const host = hostOf(rest);
  const hash = rest.indexOf("#", host.length);
  const ask = rest.indexOf("?", host.length);
  const pathEnd = Math.min(...[hash, ask, rest.length].filter((place) => place >= 0));
  const path = rest.slice(host.length, pathEnd);
  const queryEnd = hash < 0 ? rest.length : hash;
  const query = ask >= 0 && ask < queryEnd ? `?${shownQuery(rest.slice(ask + 1, queryEnd))}` : "";
  const fragment = hash < 0 ? "" : hash + 1 === rest.length ? "#" : `#${HIDDEN}`;
  return (host.length < 300 && isHost(host) ? host : HIDDEN) + shownPath(path, scheme) + query + fragment;
}

/** Behind an application of RTMP, "whip" or "whep" stands the right to publish. */
function shownPath(path: string, scheme: string): string {
  const shown: string[] = [];
  for (const part of path.split("/")) {
    const before = shown.at(-1) ?? "";
    const key = (scheme.startsWith("rtmp") && shown.length >= 2) || before === "whip" || before === "whep";
    if (key) return part === "" && shown.length + 1 === path.split("/").length ? path : [...shown, HIDDEN].join("/");
    shown.push(plainWord(part, 0, part.length) ? part : HIDDEN);
  }
  return shown.join("/");
}

function shownQuery(query: string): string {
  const part = (text: string) => {
    const sign = text.indexOf("=");
    const key = sign < 0 ? text : text.slice(0, sign);
    const value = sign < 0 ? "" : text.slice(sign + 1);
    if (text === "") return text;
    const known = words.harmlessQuery.some((word) => word === key.toLowerCase());
    if (known && plainWord(value, 0, value.length)) return text;
    const tells = known || keyKind(key) === "secret" || /^[a-z_-]{1,16}$/.test(key);
    return sign >= 0 && tells && plainWord(key, 0, key.length) ? `${key}=${HIDDEN}` : HIDDEN;
  };
  return query
    .split("&")
    .map((text) => text.split(";").map(part).join(";"))
    .join("&");
}

/** What is shown of user:password@: the scheme, if it is one. */
export function withoutUser(text: string, at: number): string {
  const known = words.schemeWithoutSlashes.find((scheme) => text.startsWith(`${scheme}:`, at));
  return known === undefined ? HIDDEN : `${known}:${HIDDEN}`;
}
