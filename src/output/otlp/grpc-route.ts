// By which way does a channel of gRPC go? By our rule, not by gRPC's own; and what a proxy said, which it tells its logger alone.
// SPDX-License-Identifier: MPL-2.0

import { type ChannelOptions, setLogger } from "@grpc/grpc-js";
import { authorityOf, ProxyRefusal } from "../../delivery/exchange.js";
import type { Route } from "../../delivery/proxies.js";
import { reasonIn } from "../../delivery/reasons.js";
import { type Reply, refusedBy, viaProxy } from "../../delivery/transport.js";

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
  const unheard = /Last error: undefined/.test(details);
  if (route.kind !== "proxy" || !unheard) return { status: 503, message: viaProxy(route, reasonIn(tidy(details))) };
  const authority = authorityOf(url);
  const proxy = `${route.proxy.host}:${route.proxy.port}`;
  const last = said.findLast(
    (text) => text.includes(`to ${authority} through proxy ${proxy}`) || text.includes(`to proxy ${proxy}`),
  );
  const refused = Number(/ with status (\d+)/.exec(last ?? "")?.[1] ?? 0);
  if (refused > 0) return refusedBy(new ProxyRefusal(refused, authority));
  return { status: 503, message: viaProxy(route, reasonIn(last ?? "no connection")) };
}

const tidy = (details: string): string =>
  details.replace(/^No connection established\. Last error: (Error: )?/, "").replace(/\s*\. Resolution note: .*$/s, "");

/** What the logger heard of proxies, the latest last. */
const said: string[] = [];
const KEPT = 20;
let listening = false;

/** By default it would print each failure of a proxy, in a process that is not ours to print in. */
function listen(): void {
  if (listening) return;
  listening = true;
  const keep = (...parts: unknown[]) => {
    said.push(parts.map(String).join(" ").slice(0, 300));
    if (said.length > KEPT) said.shift();
  };
  setLogger({ error: keep, info: () => {}, debug: () => {} });
}
