// Does anything listen at the address of a server, by the way that data would go? For doctor only: sends no data.
// SPDX-License-Identifier: MPL-2.0

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { authorityOf, exchange, ProxyRefusal, secureTunnel, tlsTo, tunnel } from "./exchange.js";
import { bare } from "./proxies.js";
import { reasonOf } from "./reasons.js";
import { type Endpoint, type Tls, viaProxy } from "./transport.js";

export interface Destination {
  /** What goes there. */
  what: string;
  /** As it was set, without credentials. */
  shown: string;
  /** How it goes there. */
  way: string;
  endpoint: Endpoint;
  /** A proxy must connect us even in the clear. */
  tunnelled: boolean;
  tls?: Tls | undefined;
}

export interface Reach {
  reached: boolean;
  detail: string;
}

/** Opens and closes a connection, with TLS where data would have it, within `deadlineMs`. */
export async function probeServer(destination: Destination, deadlineMs = 2000): Promise<Reach> {
  const late = AbortSignal.timeout(deadlineMs);
  const { route } = destination.endpoint;
  try {
    if (route.kind === "unusable") return { reached: false, detail: route.why };
    return await reach(destination, late);
  } catch (error) {
    if (late.aborted) return { reached: false, detail: `no answer within ${deadlineMs} ms` };
    const reason = error instanceof ProxyRefusal ? error.message : viaProxy(route, reasonOf(error));
    return { reached: false, detail: reason };
  }
}

async function reach(destination: Destination, signal: AbortSignal): Promise<Reach> {
  const { endpoint, tls = {}, tunnelled } = destination;
  const { url, route } = endpoint;
  const secure = url.startsWith("https:");
  if (route.kind === "proxy" && !secure && !tunnelled) return askProxy(destination, signal);
  let socket: Socket;
  if (route.kind === "proxy") {
    const { proxy } = route;
    socket = secure
      ? await secureTunnel(proxy, url, { ...tls, signal })
      : await tunnel(proxy, authorityOf(url), signal);
  } else {
    const at = { host: bare(new URL(url).hostname), port: Number(authorityOf(url).split(":").at(-1)) };
    socket = secure ? connectSecurely({ ...tlsTo(url, tls), ...at }) : connect(at);
  }
  try {
    if (secure) await once(socket, "secureConnect", { signal });
    else if (route.kind === "direct") await once(socket, "connect", { signal });
    return { reached: true, detail: "accepts connections" };
  } finally {
    socket.destroy();
  }
}

/** A proxy connects to no server before it is asked for something of it. */
async function askProxy({ endpoint }: Destination, signal: AbortSignal): Promise<Reach> {
  const { statusCode = 0 } = await exchange(endpoint.url, endpoint.route, { method: "HEAD", signal });
  const failed = [403, 407, 502, 503, 504].includes(statusCode);
  return { reached: !failed, detail: failed ? `the proxy answers ${statusCode}` : "answers" };
}
