// What does an untrusted JSON value hold? A capture may come from anywhere, so nothing in it is believed to have a type.
// SPDX-License-Identifier: MPL-2.0

export type Json = Record<string, unknown>;

export const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A count or a duration: finite and not negative, else 0. */
export const amount = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;

export const amountOrNull = (value: unknown): number | null => (typeof value === "number" ? amount(value) : null);

export function instant(value: unknown): bigint {
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}

/** Own keys only, "__proto__" included: names in here were chosen by somebody else. */
export const amounts = (value: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries(object(value)).map(([key, n]) => [key, amount(n)]));

export const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(object(value)).map(([key, s]) => [key, text(s)]));
