// What is left of a URL, or of a field that may hold one, before it is kept or leaves a page?
//
// Scheme, host and harmless parts of the path stay; user, password, query, fragment and what looks like a token go. No hash
// is kept of what went: nobody can compare it either.
// SPDX-License-Identifier: MPL-2.0
import { type ParsedUrl, parseUrl } from "./platform.js";
import type { Meta, MetaValue } from "./wire.js";

export const REDACTED = ":redacted";

/** Fields whose text is a URL, whatever it looks like: `url`, `manifest_url`, `request.url`, `mediaUri`, … */
const URL_KEY = /(^|[._-])ur[il]$/;

/** Fields that are about a person or hold a credential: as a whole name, or as its last words. */
const PRIVATE_KEY =
  /(^|[._-])(tokens?|secret|pass(word|wd)?|authorization|cookies?|credentials?|api[_-]?key|user[_-]?agent|ip|ip[_-]?address|e?mail)$/;

const TOKEN_LENGTH = 24;
const TOKEN_SHARE = 0.8;
const HEX = /^(?:[0-9a-f]{2}){16,}$/i;
/** Header, content and signature. A file name with two dots looks the same, and goes too. */
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** `:redacted` for what cannot be parsed, or has no host. */
export function redactUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === null || parsed.host === "" || !isHierarchical(url, parsed)) return REDACTED;
  const path = parsed.pathname.split("/").map((segment) => (isToken(segment) ? REDACTED : segment));
  return `${parsed.protocol}//${parsed.host}${path.join("/")}`;
}

/** Whether redacting it would take nothing away. */
export function isRedacted(url: string): boolean {
  if (url === REDACTED) return true;
  const parsed = parseUrl(url);
  if (parsed === null || parsed.host === "" || /[?#\\\s]/.test(url)) return false;
  if (!isHierarchical(url, parsed) || url.split("/")[2]?.includes("@")) return false;
  const raw = url.split("/").slice(3);
  return ![...raw, ...parsed.pathname.split("/")].some(isToken);
}

/** A copy; `network.redacted_url` stays as it is: the check before has refused one that is not redacted. */
export function redactMeta(meta: Meta): Meta {
  return Object.fromEntries(Object.entries(meta).map(([key, value]) => [redactKey(key), redactValue(key, value)]));
}

/** A page may take what it measured of an address under that address. */
const redactKey = (key: string): string => (key.includes("://") ? redactUrl(key) : key);

function redactValue(key: string, value: MetaValue): MetaValue {
  if (typeof value !== "string" || key === "network.redacted_url") return value;
  const name = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  if (PRIVATE_KEY.test(name)) return REDACTED;
  return URL_KEY.test(name) || URL_KEY.test(key.toLowerCase()) || mayBeUrl(value) ? redactUrl(value) : value;
}

function mayBeUrl(text: string): boolean {
  return text.includes("://") || (text.includes(":") && parseUrl(text) !== null);
}

/** Not `mailto:a@b` or `blob:…`, which have no host, nor `https:host`, whose text says something else than it means. */
function isHierarchical(url: string, parsed: ParsedUrl): boolean {
  return url.trimStart().toLowerCase().startsWith(`${parsed.protocol}//`);
}

function isToken(segment: string): boolean {
  const text = decoded(segment);
  if (text === null || text.includes("\\")) return true;
  if (HEX.test(text) || JWT.test(text) || hasUser(text)) return true;
  const plain = text.replace(/[^A-Za-z0-9_-]/g, "").length;
  return text.length >= TOKEN_LENGTH && plain / text.length >= TOKEN_SHARE;
}

/** Of a URL that stands in the path of another, as of a proxy. Not a pattern: it would look from each of many colons to the end. */
function hasUser(text: string): boolean {
  const colon = text.indexOf(":");
  return colon >= 0 && text.includes("@", colon);
}

/** Until nothing is encoded any more: a token may be encoded twice. null: not decodable, as a token that was cut off. */
function decoded(segment: string): string | null {
  let text = segment;
  for (let round = 0; round < 4; round++) {
    if (!text.includes("%")) return text;
    try {
      text = decodeURIComponent(text);
    } catch {
      return null;
    }
  }
  return null;
}
