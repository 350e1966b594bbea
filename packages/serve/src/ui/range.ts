// Which range of time does the address name, and how does a field for a time show it?
// SPDX-License-Identifier: MPL-2.0

/** Milliseconds since 1970. */
export interface Range {
  from: number | undefined;
  until: number | undefined;
}

/** `from` and `until` are RFC 3339 texts. What cannot be read is as if it was not there. */
export function rangeOf(query: URLSearchParams): Range {
  const time = (name: string): number | undefined => {
    const ms = Date.parse(query.get(name) ?? "");
    return Number.isNaN(ms) ? undefined : ms;
  };
  return { from: time("from"), until: time("until") };
}

/** For the address; empty values are left out of it. */
export const timeValue = (ms: number | undefined): string => (ms === undefined ? "" : new Date(ms).toISOString());

const two = (number: number): string => String(number).padStart(2, "0");

/** What an <input type="datetime-local"> takes: the time here, to the second. */
export function fieldText(ms: number | undefined): string {
  if (ms === undefined) return "";
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function fieldMs(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
