// Which instant does a time on the wire mean, and how is one written?
// SPDX-License-Identifier: MPL-2.0

/** RFC 3339 with any offset and any number of decimals; a second 60 is a leap second. */
export const TIMESTAMP =
  "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
const pattern = new RegExp(TIMESTAMP);

/** The years 0 to 9999 in UTC: other ones cannot be written as RFC 3339, as 9999-12-31T23:59:59-14:00 could not. */
const FIRST_MS = Date.parse("0000-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Milliseconds since 1970; null when the text is no RFC 3339 time, its day does not exist, or its year in UTC has not four digits. */
export function readTimestamp(text: unknown): number | null {
  if (typeof text !== "string" || !pattern.test(text)) return null;
  const upper = text.toUpperCase();
  const seconds = upper.slice(0, 17);
  const day = Number(upper.slice(8, 10));
  if (new Date(`${upper.slice(0, 10)}T00:00:00Z`).getUTCDate() !== day) return null;
  const leap = upper.slice(17, 19) === "60";
  const decimals = /[.]([0-9]+)/.exec(upper)?.[1] ?? "";
  const offset = upper.slice(19 + (decimals === "" ? 0 : decimals.length + 1));
  const whole = `${seconds}${leap ? "59" : upper.slice(17, 19)}.${decimals.padEnd(3, "0").slice(0, 3)}${offset}`;
  const instant = Date.parse(whole) + (leap ? 1000 : 0);
  return instant >= FIRST_MS && instant <= LAST_MS ? instant : null;
}

/** UTC with milliseconds. */
export function writeTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Beyond this an event is marked: its player's clock cannot be compared with ours. */
export const SKEW_LIMIT_MS = 60_000;

export function isSkewed(clientMs: number, receivedMs: number): boolean {
  return Math.abs(clientMs - receivedMs) > SKEW_LIMIT_MS;
}
