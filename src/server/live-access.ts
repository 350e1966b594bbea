// Who may see the live page? Those who have its token, in a cookie from then on, or its password; and no other page through their browser.
// SPDX-License-Identifier: MPL-2.0

import { createHash, timingSafeEqual } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

export interface LiveAccess {
  /** 128 random bits. */
  token: string;
  /** "" = none: the token alone opens it. */
  password: string;
  /** Over TLS. */
  secure: boolean;
  /** Cookies know no ports, so that its name has to. */
  cookie: () => string;
}

/** A wrong password takes so long; together with the most connections of a peer this bounds how many can be tried. */
const WRONG_PASSWORD_MS = 500;

const noEntry =
  "This page opens at the address that holds its token: gst-pyroscope live prints it, and so did gst-pyroscope run --live.\n";
const foreign = "Another page asks, and only the live page itself may.\n";

/** Refuses what another page makes a browser ask: it brings the person's cookie or password along. */
export function onlyOwnPage({ secure }: Pick<LiveAccess, "secure">): MiddlewareHandler {
  return async (c, next) => {
    const [origin, site] = [c.req.header("Origin"), c.req.header("Sec-Fetch-Site")];
    const own = `${secure ? "https" : "http"}://${c.req.header("Host") ?? ""}`;
    const asked = site === undefined || site === "same-origin" || site === "none" || isFollowedLink(c);
    if (asked && (origin === undefined || origin === own)) return next();
    return c.text(foreign, 403);
  };
}

/** From a chat or a wiki to the page itself, in a tab of its own. */
function isFollowedLink({ req }: Context): boolean {
  const [mode, destination] = [req.header("Sec-Fetch-Mode"), req.header("Sec-Fetch-Dest")];
  return req.method === "GET" && req.path === "/" && mode === "navigate" && destination === "document";
}

export function onlyAdmitted(access: LiveAccess): MiddlewareHandler {
  return async (c, next) => {
    const given = c.req.path === "/" ? c.req.query("token") : undefined;
    if (given !== undefined && same(given, access.token)) return enter(c, access);
    if (same(getCookie(c, access.cookie()) ?? "", access.token)) return next();
    if (access.password === "") return c.text(noEntry, 401);
    const offered = passwordIn(c.req.header("Authorization"));
    if (offered !== undefined && same(offered, access.password)) return next();
    if (offered !== undefined) await pause(WRONG_PASSWORD_MS);
    return c.text(noEntry, 401, { "WWW-Authenticate": 'Basic realm="gst-pyroscope", charset="UTF-8"' });
  };
}

/** The token leaves the address, where histories and screens would keep it. */
function enter(c: Context, { token, secure, cookie }: LiveAccess): Response {
  setCookie(c, cookie(), token, { httpOnly: true, sameSite: "Strict", path: "/", secure });
  // After a link of another site a redirect still counts as that site's, and goes without the cookie; a page's own step does not.
  if (!isFollowedLink(c) || c.req.header("Sec-Fetch-Site") !== "cross-site") return c.redirect("/", 303);
  return c.html('<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>…</title>');
}

/** Of HTTP's basic authentication, with any user. */
function passwordIn(header: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  return text.includes(":") ? text.slice(text.indexOf(":") + 1) : undefined;
}

/** In a time that tells nothing of the two, not even their lengths. */
function same(one: string, other: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
