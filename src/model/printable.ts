// What is a person shown of a text that another program chose? Nothing that moves a cursor, turns a line around or is not seen at all.
// SPDX-License-Identifier: MPL-2.0

/** Controls, C1 and DEL too, lone surrogates, separators of lines, marks of direction, and whatever takes no room. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Nearly every name: to look for this alone takes a tenth of the time. */
const PLAIN = /^[ -~]*$/;

/** One line, each such character as a mark. */
export const printable = (text: string): string => (PLAIN.test(text) ? text : text.replace(UNSEEN, "\u00b7"));

/** The same value for a program, in letters that harm no terminal; our own line ends stay. `indent` 0: in one line. */
export function jsonText(value: unknown, indent = 2): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(UNSEEN, (c) =>
    c === "\n" ? c : c.split("").map(escaped).join(""),
  );
}
