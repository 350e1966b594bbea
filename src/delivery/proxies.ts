// By which way does a request reach a server: directly, or through whose proxy? curl's variables and rules, for every signal alike.
// SPDX-License-Identifier: MPL-2.0

import { BlockList, isIP } from "node:net";
import type { Environment } from "../config/configuration.js";
import { decoded } from "../config/option-values.js";
import { attempt } from "../model/attempt.js";

export interface HttpProxy {
  /** Of the proxy, as in a URL. */
  host: string;
  port: number;
  /** `user:password`, or "". */
  credentials: string;
  /** Without credentials. */
  shown: string;
}

/** `why`: half a sentence that names the variable. Never with credentials. */
export type Route =
  | { kind: "direct"; why: string }
  | { kind: "proxy"; why: string; proxy: HttpProxy }
  /** A proxy is set that cannot be used: a request that goes around it may be forbidden here. */
  | { kind: "unusable"; why: string };

/** HTTP_PROXY is not among them: a CGI program gets it from the client of its server. */
const proxyVariables: Record<string, readonly string[]> = {
  "https:": ["https_proxy", "HTTPS_PROXY"],
  "http:": ["http_proxy"],
};
const exceptionVariables = ["no_proxy", "NO_PROXY"];

export function routeTo(url: string, variables: Environment): Route {
  const { protocol, hostname, port } = new URL(url);
  const set = (name: string) => (variables[name]?.trim() ?? "") !== "";
  if (isLoopback(hostname)) return { kind: "direct", why: "loopback" };
  const variable = proxyVariables[protocol]?.find(set);
  if (variable === undefined) return { kind: "direct", why: "no proxy is set" };
  const exceptions = exceptionVariables.find(set);
  const number = Number(port || (protocol === "https:" ? 443 : 80));
  const listed = (variables[exceptions ?? ""] ?? "").split(/[\s,]+/).some((entry) => excepts(entry, hostname, number));
  if (listed) return { kind: "direct", why: exceptions ?? "" };
  const proxy = proxyOf(variables[variable]?.trim() ?? "");
  if (proxy === null)
    return { kind: "unusable", why: `${variable} is not the address of a proxy like http://host:3128` };
  return { kind: "proxy", why: variable, proxy };
}

/** As doctor shows it. */
export function routeText(route: Route): string {
  if (route.kind === "proxy") return `through the proxy ${route.proxy.shown} (${route.why})`;
  return route.kind === "direct" ? `direct (${route.why})` : `nowhere: ${route.why}`;
}

/** What a proxy wants to know of us. */
export function proxyHeaders({ credentials }: HttpProxy): Record<string, string> {
  if (credentials === "") return {};
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
// Connecting to "every address" arrives here as well.
loopback.addAddress("0.0.0.0", "ipv4");
loopback.addAddress("::", "ipv6");

function isLoopback(hostname: string): boolean {
  const name = bare(hostname);
  if (name === "localhost" || name === "127.0.0.1") return true; // most often, and isIP takes milliseconds the first time
  return isIP(name) > 0 ? loopback.check(name, family(name)) : name.endsWith(".localhost");
}

/** A name with all below it, an address, a network, each with a port or without; `*` is everything. */
function excepts(entry: string, hostname: string, port: number): boolean {
  if (entry === "*") return true;
  const [, bracketed, plain, only] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const wanted = bare(bracketed ?? plain ?? "").replace(/^\*?\./, "");
  if (wanted === "" || (only !== undefined && Number(only) !== port)) return false;
  const name = bare(hostname);
  if (isIP(name) === 0) return name === wanted || name.endsWith(`.${wanted}`);
  return inNetwork(name, wanted);
}

function inNetwork(address: string, network: string): boolean {
  const [base = "", bits] = network.split("/");
  if (isIP(base) === 0) return false;
  const list = new BlockList();
  const prefix = /^\d+$/.test(bits ?? "") ? Number(bits) : Number.NaN;
  const add = () =>
    bits === undefined ? list.addAddress(base, family(base)) : list.addSubnet(base, prefix, family(base));
  return attempt(add, null) !== null && list.check(address, family(address));
}

function proxyOf(text: string): HttpProxy | null {
  const address = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(address)) return null;
  const { protocol, hostname, port, username, password } = new URL(address);
  if (protocol !== "http:" || hostname === "") return null;
  const number = Number(port || 80);
  const credentials = username === "" ? "" : `${decoded(username)}:${decoded(password)}`;
  return { host: hostname, port: number, credentials, shown: `http://${hostname}:${number}` };
}

const family = (address: string) => (isIP(address) === 4 ? "ipv4" : "ipv6");

/** As a resolver takes it. */
export const bare = (hostname: string): string => hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
