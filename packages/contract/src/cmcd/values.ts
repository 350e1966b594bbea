// What plain value does a decoded CMCD value stand for? Lists, tokens, items with parameters, dates: pure, and never throws.
// SPDX-License-Identifier: MPL-2.0

/** One report of a player, as `decodeCmcd` or `fromCmcdQuery` of @svta/cml-cmcd give it back. */
export type CmcdRecord = Readonly<Record<string, unknown>>;

type Plain = string | number | boolean;

const MAX_TEXT = 512;

/** A list becomes its values; what is neither text, number nor truth value is left out. */
export function plainValues(value: unknown): Plain[] {
  if (Array.isArray(value)) return value.flatMap(plainValues);
  const plain = plainValue(value);
  return plain === null ? [] : [plain];
}

function plainValue(value: unknown): Plain | null {
  if (typeof value === "string") return value.slice(0, MAX_TEXT);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return value;
  if (typeof value === "symbol") return value.description ?? null;
  if (value instanceof Date) return plainValue(value.getTime());
  return typeof value === "object" && value !== null ? plainOfObject(value as Record<string, unknown>) : null;
}

/** An item with parameters has `value`, a token has `description`. */
function plainOfObject(item: Record<string, unknown>): Plain | null {
  const inner = item.value ?? item.description;
  return typeof inner === "object" ? null : plainValue(inner);
}

/** Of a single value, or the first of a list. */
export function textOf(record: CmcdRecord, key: string): string | null {
  const [first] = plainValues(own(record, key));
  return typeof first === "string" ? first : null;
}

export function numberOf(record: CmcdRecord, key: string): number | null {
  const [first] = plainValues(own(record, key));
  return typeof first === "number" ? first : null;
}

export function numbersOf(record: CmcdRecord, key: string): number[] {
  return plainValues(own(record, key)).filter((value) => typeof value === "number");
}

export function own(record: CmcdRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
