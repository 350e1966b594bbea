// What does an untrusted JSON value hold? A capture may come from anywhere, so nothing in it is believed to have a type.
// SPDX-License-Identifier: MPL-2.0

import { attempt } from "../model/attempt.js";

export type Json = Record<string, unknown>;

export const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The object that a JSON text is; empty when it is another value, null when it is no JSON. */
export const parseObject = (json: string): Json | null => attempt(() => object(JSON.parse(json)), null);

/** Makes of an untrusted value what the type says, whatever it is. */
export type Read<T> = (value: unknown) => T;

/** Reads a record by one declaration: each of its fields, and how that is read. What else the value has is left out. */
export function shape<T extends object>(fields: { [Name in keyof T]-?: Read<T[Name]> }): Read<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value) => {
    const from = object(value);
    const record = {} as T;
    for (const name of names) record[name] = fields[name](from[name]);
    return record;
  };
}

/** Fields of a shape that are read alike. */
export const each = <T, Name extends string>(read: Read<T>, ...names: Name[]): Record<Name, Read<T>> =>
  Object.fromEntries(names.map((name) => [name, read])) as Record<Name, Read<T>>;

export const listOf =
  <T>(read: Read<T>): Read<T[]> =>
  (value) =>
    list(value).map((one) => read(one));

export const flag = (value: unknown): boolean => value === true;

/** A long pipeline on a command line has some thousand. */
const MAX_TEXT = 65_536;
/** Counters have 64 bits; sums of larger ones would not be finite. */
const MAX_AMOUNT = 2 ** 64;

export const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, MAX_TEXT) : "");

/** A count or a duration: finite and not negative, else 0. */
export const amount = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.min(value, MAX_AMOUNT) : 0;

export const amountOrNull = (value: unknown): number | null => (typeof value === "number" ? amount(value) : null);

export function instant(value: unknown): bigint {
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}

/** An instant as a capture has it: a JSON number would round it. */
export const decimal = (value: unknown): string => String(instant(value));

/** Own keys only, "__proto__" included: the names are chosen by the maker of the capture. */
export const amounts = (value: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries(object(value)).map(([key, n]) => [key, amount(n)]));

export const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(object(value)).map(([key, s]) => [key, text(s)]));
