// How is a text that holds names of others shown within a sentence, so that nothing in it turns the sentence around or hides?
// SPDX-License-Identifier: MPL-2.0

/** Controls, marks and overrides of direction, separators of lines, lone surrogates. What joins letters stays. */
const TURNS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** On one line, each such sign as JSON writes it: \u202e. */
export const shownText = (text: string): string => text.replace(TURNS, escaped);

/** The same value for a program, with its line ends. */
export const shownJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(TURNS, (sign) => (sign === "\n" ? sign : escaped(sign)));
