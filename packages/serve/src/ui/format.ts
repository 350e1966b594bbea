// How are times, durations, sizes and rates written for a person?
// SPDX-License-Identifier: MPL-2.0

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** Hours, minutes and seconds; with the day unless it is today. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return twoUnits(seconds, [MINUTE, "min"], [1, "s"]);
  return seconds < 2 * DAY
    ? twoUnits(seconds, [HOUR, "h"], [MINUTE, "min"])
    : twoUnits(seconds, [DAY, "d"], [HOUR, "h"]);
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

/** The smaller one is left out when there is none of it. */
function twoUnits(seconds: number, [large, name]: [number, string], [small, smaller]: [number, string]): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${name}${rest === 0 ? "" : ` ${rest} ${smaller}`}`;
}

/** With milliseconds: of two clocks, small differences matter. */
export const instantText = (ms: number): string => `${timeText(ms)}.${String(Math.floor(ms) % 1000).padStart(3, "0")}`;

/** One number when both are written alike. */
export function rangeText(least: number, most: number, unit: string, digits = 1): string {
  const [low, high] = [least.toFixed(digits), most.toFixed(digits)];
  return low === high ? `${low} ${unit}` : `${low} to ${high} ${unit}`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / (size as number)).toFixed(1)} ${unit}`;
}

export const countText = (count: number): string => count.toLocaleString("en-US");
