// What does the text of an option mean, when it is a count, a time, a size, an address or an identifier?
// SPDX-License-Identifier: MPL-2.0
import { UsageError } from "./options.js";

export function readNumber(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${name}=${text} is no whole number from ${least} to ${most}`);
}

const SECOND = 1000;
const units: Record<string, number> = { s: SECOND, min: 60 * SECOND, h: 3600 * SECOND, d: 86_400 * SECOND };

/** Milliseconds. */
export function readDuration(name: string, text: string): number {
  const [, number, unit] = /^(\d{1,6})(s|min|h|d)$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`${name}=${text} is no time: write 30d, 12h, 5min or 90s`);
  return Number(number) * (units[unit ?? ""] ?? 0);
}

const sizes: Record<string, number> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes. */
export function readSize(name: string, text: string): number {
  const [, number, unit] = /^(\d{1,6})(kB|MB|GB|TB)$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`${name}=${text} is no size: write 500MB or 5GB`);
  return Number(number) * (sizes[unit ?? ""] ?? 0);
}

/** "" stays "". A user in it is for the server that is asked, and is never shown. */
export function addressIn(name: string, text: string): string {
  if (text === "") return text;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`${name} is no address: write http://localhost:4040 or https://…`);
}

/** As Grafana makes and takes them. */
export function readUid(name: string, text: string): string {
  if (/^[A-Za-z0-9_-]{1,40}$/.test(text)) return text;
  throw new UsageError(
    `${name}=${text} is no UID: letters, digits, dash and underscore, 40 at most; the address of the data source's settings ends with it`,
  );
}
