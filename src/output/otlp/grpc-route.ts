// How does a gRPC channel connect, directly or by proxy? By our own rules; proxy errors are read from gRPC's log.
// SPDX-License-Identifier: MPL-2.0

import { type ChannelOptions, setLogger } from "@grpc/grpc-js";
import { authorityOf, ProxyRefusal } from "../../delivery/exchange.js";
import type { Route } from "../../delivery/proxies.js";
import { reasonIn } from "../../delivery/reasons.js";
import { type Reply, refusedBy, viaProxy } from "../../delivery/transport.js";

export interface GrpcWay {
  /** Target of the channel: the server's host:port, or the proxy as dns:host:port. */
  address: string;
  options: ChannelOptions;
}

/** Address and options of a channel to the server at `url`; on a proxy route, through an HTTP CONNECT tunnel. */
export function grpcWay(url: string, route: Route): GrpcWay {
  hearGrpc();
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

/**
 * The reply for a channel that did not connect: 407 if the proxy refused access, else 0 or 503 with the reason.
 * `details` is gRPC's error text; where it names no cause, the last log line about this proxy is used.
 */
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

/** Removes gRPC's phrases around the cause. */
const tidy = (details: string): string =>
  details.replace(/^No connection established\. Last error: (Error: )?/, "").replace(/\s*\. Resolution note: .*$/s, "");

/** The last KEPT error messages that gRPC logged, newest last. */
const said: string[] = [];
const KEPT = 20;
let listening = false;

/** Collects gRPC's error messages, which it would otherwise print to stderr. Only the first call has an effect. */
export function hearGrpc(): void {
  if (listening) return;
  listening = true;
  const keep = (...parts: unknown[]) => {
    said.push(parts.map(String).join(" ").slice(0, 300));
    if (said.length > KEPT) said.shift();
  };
  setLogger({ error: keep, info: () => {}, debug: () => {} });
}
