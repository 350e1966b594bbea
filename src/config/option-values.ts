// What does the text of an option mean? One parser for flags, parameters, variables and files; pure but for files that must
// be there.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import type { OptionRow } from "./options.js";

export interface Parsed {
  value?: unknown;
  problem?: string;
}

/** Both a value and a problem: a part of it was left out. Only a problem: there is no use for this text. */
export function parse(row: OptionRow, text: string, unit: "ms" | "s" | undefined): Parsed {
  const quoted = row.secret ? "this" : JSON.stringify(maskUrl(text));
  switch (row.type) {
    case "int":
      return /^[+-]?\d+$/.test(text) ? inRange(row, Number(text)) : { problem: `${quoted} is not a whole number` };
    case "port":
      if (text.toLowerCase() === "auto") return { value: "auto" };
      return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
        ? { value: Number(text) }
        : { problem: `${quoted} is neither a port, 0 to 65535, nor auto` };
    case "duration": {
      const ms = milliseconds(text, unit ?? "s");
      if (ms === undefined) return { problem: `${quoted} is not a duration such as 500ms, 10s or 2min` };
      return inRange(row, ms);
    }
    case "size": {
      const bytes = bytesOf(text);
      if (bytes === undefined) return { problem: `${quoted} is not a size such as 500MB or 1GiB` };
      return inRange(row, bytes);
    }
    case "bool":
      if (/^(true|yes|on|1)$/i.test(text)) return { value: true };
      return /^(false|no|off|0)$/i.test(text) ? { value: false } : { problem: `${quoted} is neither true nor false` };
    case "enum": {
      const value = row.values?.find((word) => word === text.toLowerCase());
      if (value !== undefined) return { value };
      const hint = nearest(text, row.values ?? []);
      return { problem: `${quoted} is none of ${row.values?.join(", ")}${hint ? ` (did you mean ${hint}?)` : ""}` };
    }
    case "list":
      return words(row, text, quoted);
    case "url":
      return address(row, text, quoted);
    case "pem":
      return text === "" ? { value: "" } : pem(row, text, quoted);
    case "tags":
      return pairs(text, /^(?!__)[a-zA-Z_][a-zA-Z0-9_.]*$/, false, ownLabels);
    case "headers":
      return headers(row, pairs(text, /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, true, noHeaders));
    default:
      return text === "" && row.notEmpty ? { problem: "empty" } : { value: text };
  }
}

/** Some of the row's words, by commas; those that are none of them are left out and named. */
function words(row: OptionRow, text: string, quoted: string): Parsed {
  const known = row.values ?? [];
  const given = text
    .toLowerCase()
    .split(",")
    .map((word) => word.trim());
  const value = known.filter((word) => given.includes(word));
  const wrong = given.filter((word) => !known.includes(word));
  const all = `none of ${known.join(", ")}`;
  if (value.length === 0) return { problem: `${quoted} is ${all}` };
  return wrong.length === 0 ? { value } : { value, problem: `${wrong.join(", ")} left out: ${all}` };
}

function address(row: OptionRow, text: string, quoted: string): Parsed {
  if (text === "" || text.toLowerCase() === "none") return { value: "" };
  if (/^unix:/i.test(text)) return { problem: `${quoted} is a socket of this machine, which is not supported` };
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text))
    return { problem: `${quoted} is not a URL with http:// or https://` };
  const { username, password, protocol } = new URL(text);
  if (username + password === "" || protocol === "https:" || !row.name.endsWith("-endpoint")) return { value: text };
  return { value: text, problem: "its user and password are sent in the clear, as basic authentication" };
}

/** Where TLS was asked for and cannot be, a server is not opened without: it keeps the file, and says what is wrong with it. */
function pem(row: OptionRow, path: string, quoted: string): Parsed {
  const kept = row.name.startsWith("live-tls-") && { value: path };
  try {
    if (readFileSync(path, "latin1").includes("-----BEGIN ")) return { value: path };
    return { ...kept, problem: `${quoted} is no PEM file` };
  } catch (error) {
    return { ...kept, problem: `${quoted} cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

function headers(row: OptionRow, parsed: Parsed): Parsed {
  if (row.encoded === undefined || parsed.value === undefined) return parsed;
  const value = Object.entries(parsed.value as Record<string, string>).map(([name, text]) => [name, decoded(text)]);
  return { ...parsed, value: Object.fromEntries(value) };
}

/** Percent-encoding taken off; a text that is not encoded properly stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An object takes a value of this name for its prototype, and the header would be gone without a word. */
const noHeaders = ["__proto__"];
/** Labels that the agent sets itself. */
const ownLabels = ["service_name", "pipeline", "element", "factory", "thread", "span_id"];

function inRange(row: OptionRow, value: number): Parsed {
  if (value >= (row.min ?? value) && value <= (row.max ?? value)) return { value };
  const [told, min, max] = [value, row.min, row.max].map((one) => shown(row, one));
  return { problem: `${told} is outside ${min} to ${max}` };
}

function milliseconds(text: string, bareUnit: "ms" | "s"): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }[unit ?? bareUnit] ?? 1;
  return Math.round(Number(digits) * factor);
}

function bytesOf(text: string): number | undefined {
  const [, digits, prefix = "", binary] = /^(\d+(?:\.\d+)?) *(?:([KMGT]?)(i?)B?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Math.round(Number(digits) * (binary ? 1024 : 1000) ** " KMGT".indexOf(prefix.toUpperCase() || " "));
}

/** k=v,k=v or k:v,k:v or a JSON object; what does not fit is left out and named. */
function pairs(text: string, key: RegExp, secret: boolean, taken: readonly string[]): Parsed {
  const value: Record<string, string> = {};
  const wrong: string[] = [];
  for (const [name, content] of splitPairs(text)) {
    if (key.test(name) && !taken.includes(name) && content !== undefined) value[name] = content;
    else wrong.push(name);
  }
  if (wrong.length === 0) return { value };
  const named = secret ? `${wrong.length} of them` : wrong.map((name) => JSON.stringify(name)).join(", ");
  return { value, problem: `${named} left out: not name=value with a name that can be set` };
}

function splitPairs(text: string): [string, string | undefined][] {
  if (text.startsWith("{")) {
    const parsed = parseJson(text);
    return parsed ? Object.entries(parsed).map(([name, content]) => [name, String(content)]) : [["{", undefined]];
  }
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    const [, name = part, content] = /^([^=:]*)[=:](.*)$/s.exec(part) ?? [];
    return [name.trim(), content?.trim()];
  });
}

/** The parsed JSON, or undefined when `text` is none: JSON.parse's own error quotes the text, which may hold secrets. */
export function parseJson(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** Milliseconds of a unit of time, bytes of a unit of size; the largest first: a value is shown in the first that divides it. */
const durationUnits = { h: 3_600_000, min: 60_000, s: 1000, ms: 1 };
const sizeUnits = { TiB: 1024 ** 4, GiB: 1024 ** 3, MiB: 1024 ** 2, GB: 1e9, MB: 1e6, KiB: 1024, kB: 1000, B: 1 };

function inUnits(value: number, units: Record<string, number>, ofNothing: string): string {
  const [unit, size] = Object.entries(units).find(([, one]) => value % one === 0) ?? ["", 1];
  return value === 0 ? `0${ofNothing}` : `${value / size}${unit}`;
}

/** The value as a person may see it, and would write it. */
export function shown(row: OptionRow, value: unknown): string {
  if (row.type === "duration") return inUnits(Number(value), durationUnits, "s");
  if (row.type === "size") return inUnits(Number(value), sizeUnits, "B");
  if (row.type === "list") return (value as string[]).join(",");
  const text =
    typeof value === "object"
      ? Object.entries(value ?? {})
          .map((pair) => pair.join("="))
          .join(",")
      : String(value);
  if (row.secret) return text === "" ? "" : "***";
  return maskUrl(text);
}

const SECRET_NAME = /token|key|pass|secret|auth/i;

/** User and password of a URL, and what a query calls a token, key, password or secret, become `***`. */
export function maskUrl(text: string): string {
  return text
    .replace(/\/\/\S*/g, (rest) => (rest.includes("@") ? `//***${rest.slice(rest.lastIndexOf("@"))}` : rest))
    .replace(/([?&][^=&?]*=)([^&\s]*)/g, (_, name: string, value: string) =>
      SECRET_NAME.test(name)
        ? `${name}***`
        : name + value.replace(/\?.*/, (rest) => (SECRET_NAME.test(rest) ? "?***" : rest)),
    );
}

export function didYouMean(word: string, known: readonly string[]): string {
  const hint = nearest(word, known);
  return hint === undefined ? "" : ` (did you mean ${hint}?)`;
}

/** The known word that differs least, if it differs by a third of its letters at most. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    steps: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  ranked.sort((a, b) => a.steps - b.steps);
  const [best] = ranked;
  return best !== undefined && best.steps <= Math.max(1, best.candidate.length / 3) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
