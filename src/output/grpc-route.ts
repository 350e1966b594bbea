// By which way does a channel of gRPC go? By our rule, not by gRPC's own; and what a proxy said, which it tells its logger alone.
// SPDX-License-Identifier: MPL-2.0

import { type ChannelOptions, setLogger } from "@grpc/grpc-js";
import { authorityOf, ProxyRefusal } from "./exchange.js";
import type { Route } from "./proxies.js";
import { reasonIn } from "./reasons.js";
import { type Reply, refusedBy, viaProxy } from "./transport.js";

export interface GrpcWay {
  /** Where the channel connects to. */
  address: string;
  options: ChannelOptions;
}

/** `url` of the server; the proxy makes the tunnel to it. */
export function grpcWay(url: string, route: Route): GrpcWay {
  listen();
  const authority = authorityOf(url);
  const ours = { "grpc.enable_http_proxy": 0 };
  if (route.kind !== "proxy") return { address: authority, options: ours };
  const { host, port, credentials } = route.proxy;
  const tunnel = {
    "grpc.http_connect_target": `dns:${authority}`,
    "grpc.default_authority": authority,
    ...(credentials !== "" && { "grpc.http_connect_creds": credentials }),
  };
  return { address: `dns:${host}:${port}`, options: { ...ours, ...tunnel } };
}

/** No connection came about: why, as far as anybody said. */
export function unconnected(url: string, route: Route, details: string): Reply {
  if (route.kind !== "proxy") return { status: 503, message: reasonIn(tidy(details)) };
  const authority = authorityOf(url);
  const refused = Number(/ with status (\d+)/.exec(said.get(authority) ?? "")?.[1] ?? 0);
  const unheard = /Last error: undefined/.test(details);
  if (unheard && refused > 0) return refusedBy(new ProxyRefusal(refused, authority));
  const broken = said.get(`${route.proxy.host}:${route.proxy.port}`);
  return { status: 503, message: viaProxy(route, reasonIn(unheard ? (broken ?? "no connection") : tidy(details))) };
}

const tidy = (details: string): string =>
  details.replace(/^No connection established\. Last error: (Error: )?/, "").replace(/\s*\. Resolution note: .*$/s, "");

/** What was said last of a server or a proxy. */
const said = new Map<string, string>();
let listening = false;

/** By default it would print each failure of a proxy, in a process that is not ours to print in. */
function listen(): void {
  if (listening) return;
  listening = true;
  const keep = (...parts: unknown[]) => {
    const text = parts.map(String).join(" ");
    const about = /Failed to connect to (?:proxy )?(\S+) (?:through proxy|with error)/.exec(text)?.[1];
    if (about !== undefined && (said.has(about) || said.size < 20)) said.set(about, text);
  };
  setLogger({ error: keep, info: () => {}, debug: () => {} });
}
