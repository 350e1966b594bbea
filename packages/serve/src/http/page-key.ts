// Who may read without a token? The browser that opened the address which the service printed: a cookie from then on, for reading only.
// SPDX-License-Identifier: MPL-2.0
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { type Ctx, type Env, ownOrigin } from "./context.js";

const SECRET_BYTES = 32;

export class PageKey {
  readonly #secret: Buffer;
  readonly #port: () => number;

  /** `port`: cookies know no ports, so that the name has to. */
  constructor(secret: Buffer, port: () => number) {
    this.#secret = secret;
    this.#port = port;
  }

  /** For the address that is printed. */
  get entry(): string {
    return this.#derived("entry");
  }

  /** Opens `?key=…` and takes it out of the address, where histories and screens would keep it. */
  readonly entering: MiddlewareHandler<Env> = async (c, next) => {
    const key = c.req.query("key");
    if (key === undefined || c.req.method !== "GET") return next();
    if (!same(key, this.entry))
      return c.text("This address has expired: open the one that gst-pyroscope serve printed last.\n", 401);
    setCookie(c, this.#name, this.#derived("cookie"), { httpOnly: true, sameSite: "Strict", path: "/" });
    const rest = new URL(c.req.url);
    rest.searchParams.delete("key");
    return c.redirect(rest.pathname.replace(/^\/+/, "/") + rest.search, 303);
  };

  /** Whether its cookie came along, and no other page made the browser send it. */
  reads(c: Ctx): boolean {
    const cookie = getCookie(c, this.#name);
    return cookie !== undefined && same(cookie, this.#derived("cookie")) && isOwnPage(c);
  }

  get #name(): string {
    return `gst-pyroscope-serve-${this.#port()}`;
  }

  #derived(what: string): string {
    return createHmac("sha256", this.#secret).update(what).digest("base64url");
  }
}

function isOwnPage(c: Ctx): boolean {
  const [origin, site] = [c.req.header("Origin"), c.req.header("Sec-Fetch-Site")];
  return (
    (origin === undefined || origin === ownOrigin(c)) &&
    (site === undefined || site === "same-origin" || site === "none")
  );
}

function same(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHmac("sha256", "length").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

/** Kept in the data directory, so that an open page goes on after a restart; null: for this run only. */
export function pageSecret(directory: string | null): Buffer {
  const fresh = randomBytes(SECRET_BYTES);
  if (directory === null) return fresh;
  const path = join(directory, "page-key");
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(path, fresh, { mode: 0o600, flag: "wx" });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return keptSecret(path) ?? fresh;
  }
}

/** null: damaged, so that an open page has to be entered anew after each start. */
function keptSecret(path: string): Buffer | null {
  try {
    const kept = readFileSync(path);
    return kept.length === SECRET_BYTES ? kept : null;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`The key of the pages cannot be read: ${message}. Remove that file, or choose another --data-dir.`);
  }
}
