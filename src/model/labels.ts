// Which label names and values does every server accept? Pure; applied to whatever leaves this process.
//
// The strictest reader decides: older Pyroscope storages and forwarders take letters, digits and "_" only. A person's tag
// that does not fit is bent into shape, not lost.
// SPDX-License-Identifier: MPL-2.0

export type Label = readonly [name: string, value: string];

/** Of the 30 label names that a series may have; the rest is for the server's own. */
export const MAX_LABELS = 20;
const MAX_NAME = 64;
const MAX_VALUE = 256;

/** "" when nothing of it can be kept. */
export function labelName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^_+/, ""); // "__x__" is the server's
  return (/^[0-9]/.test(plain) ? `_${plain}` : plain).slice(0, MAX_NAME);
}

export function labelValue(value: string): string {
  return wellFormed(value, MAX_VALUE);
}

/**
 * Of a character class: controls, C1 too, and what turns or breaks a line unseen: marks of direction, separators, U+FEFF.
 * `is_unseen` of native/exposition/unicode.h, once more.
 */
export const UNSEEN = "\\0-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff";
const SUSPECT = new RegExp(`[${UNSEEN}\\ud800-\\udfff]`);
const MUST_GO = new RegExp(
  `[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]|[${UNSEEN}]`,
  "g",
);

/** Valid UTF-8 once encoded, nothing unseen in it, at most `max` UTF-16 units, no character cut in half. */
export function wellFormed(text: string, max: number): string {
  if (text.length <= max && !SUSPECT.test(text)) return text; // nearly all
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.replace(MUST_GO, "\ufffd");
}

/** Labels as sent: fit for every server, sorted by name, no name twice (a later one wins), none empty, not too many. */
export function sanitizeLabels(labels: Iterable<Label>): Label[] {
  const byName = new Map<string, string>();
  for (const [name, value] of labels) {
    const goodName = labelName(name);
    const goodValue = labelValue(value);
    if (goodName !== "" && goodValue !== "") byName.set(goodName, goodValue);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_LABELS);
}
