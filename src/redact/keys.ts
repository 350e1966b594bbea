// What does a key say about its value, and does a word look like a credential?
// SPDX-License-Identifier: MPL-2.0

import { redactionWords as words } from "./words.js";

export type KeyKind = "secret" | "harmless" | "unknown";
const LONGEST_KEY = 200;
const has = (list: readonly string[], text: string) => list.includes(text);

export function isWord(code: number): boolean {
  return isDigit(code) || isLetter(code) || code === 45 || code === 46 || code === 95;
}
export const isDigit = (code: number) => code >= 48 && code <= 57;
export const isLetter = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

export function wordEnd(text: string, from: number): number {
  let end = from;
  while (isWord(text.charCodeAt(end))) end++;
  return end;
}

export function keyKind(written: string): KeyKind {
  if (written.length > LONGEST_KEY) return "secret";
  const key = written.replace(/^-+/, "");
  const small = key.toLowerCase();
  if (small === "") return "unknown";
  if (words.telling.some((word) => small.includes(word))) return "secret";
  // Before the last word is looked at: "srtp-auth" names an algorithm.
  if (has(words.harmlessKey, small.replaceAll("_", "-"))) return "harmless";
  const last = /[A-Z]?(?:[a-z0-9]*|[A-Z0-9]*)$/.exec(key.slice(-LONGEST_KEY))?.[0].toLowerCase() ?? "";
  if (has(words.lastWord, last)) return "secret";
  return words.harmlessNamespace.some((space) => small.startsWith(space)) ? "harmless" : "unknown";
}

export function startsLikeCredential(text: string, at: number): boolean {
  return words.credentialBegins.some((begin) => text.startsWith(begin, at));
}

/** "always": whatever follows is a credential; "prose": unless it is a word of a sentence. */
export function authWordsIn(text: string, at: number, end: number): "always" | "prose" | undefined {
  if (end - at > 10) return undefined;
  const small = text.slice(at, end).toLowerCase();
  if (!has(words.authScheme, small)) return undefined;
  return small === "bearer" ? "always" : "prose";
}

/** Letters, digits, "-", ".", "_" that a person may have chosen: not long and mixed, not changing all the time. */
export function plainWord(text: string, from: number, to: number): boolean {
  let [runs, digits, letters, before] = [0, 0, 0, -1];
  if (to - from > 64) return false;
  const dot = text.slice(Math.max(from, to - 6), to).lastIndexOf(".");
  const stem = dot > 0 ? Math.max(from, to - 6) + dot : to; // "live.m3u8"
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (!isWord(code)) return false;
    const kind = isDigit(code) ? 0 : !isLetter(code) ? 1 : code >= 97 ? 2 : 3;
    if (kind !== before && at < stem) runs++;
    if (kind === 0) digits++;
    if (kind >= 2) letters++;
    before = kind;
  }
  const length = stem - from;
  if (startsLikeCredential(text, from)) return false;
  return !(length >= 20 && digits > 0 && letters > 0) && !(length >= 8 && digits > 0 && runs * 2 >= length);
}
