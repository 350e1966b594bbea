// How does one HTTP request leave this machine? Directly, or as a proxy wants it: whole for http, through a tunnel for https.
// SPDX-License-Identifier: MPL-2.0

import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { isIP, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { bare, type HttpProxy, proxyHeaders, type Route } from "./proxies.js";

/** The proxy answered a CONNECT request with another status than 2xx. */
export class ProxyRefusal extends Error {
  readonly status: number;

  constructor(status: number, target: string) {
    super(`the proxy answers ${status} instead of connecting to ${target}`);
    this.status = status;
  }
}

/**
 * Sends one HTTP request and resolves with the response as soon as its headers have come; its body is still to be read. `url` names
 * the server, also where `route` leads through a proxy. Rejects when `route` is unusable, on a network error, with a ProxyRefusal,
 * and when `options.signal` is aborted. A redirect is returned as it is, not followed. With `options.agent` a connection may be one
 * that was kept; when the server has closed it meanwhile, the request is sent once more on a new one.
 */
export async function exchange(
  url: string,
  route: Route,
  options: RequestOptions & ConnectionOptions,
  body?: Uint8Array,
): Promise<IncomingMessage> {
  if (route.kind === "unusable") throw new Error(route.why);
  const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  const [address, settings] = route.kind === "direct" ? [url, options] : await through(route.proxy, url, options);
  return new Promise((resolve, reject) => {
    const send = (how: RequestOptions, failed: (error: Error, sent: ClientRequest) => void): void => {
      const sent = request(address, how)
        .once("response", resolve)
        .on("error", (error) => failed(error, sent));
      sent.end(body);
    };
    send({ agent: false, ...settings }, (error, sent) => {
      if (sent.reusedSocket && closedBefore(error)) send({ ...settings, agent: false }, reject);
      else reject(error);
    });
  });
}

/** A server may close a kept connection just when a request is on its way to it. */
const closedBefore = ({ code = "" }: NodeJS.ErrnoException): boolean => code === "ECONNRESET" || code === "EPIPE";

async function through(
  proxy: HttpProxy,
  url: string,
  options: RequestOptions & ConnectionOptions,
): Promise<[string, RequestOptions]> {
  const { protocol, host, href } = new URL(url);
  if (protocol === "http:") {
    const headers = { ...(options.headers as Record<string, string>), host, ...proxyHeaders(proxy) };
    return [`http://${proxy.host}:${proxy.port}/`, { ...options, headers, path: href }];
  }
  const socket = await secureTunnel(proxy, url, options);
  return [url, { ...options, agent: undefined as never, createConnection: () => socket }];
}

/**
 * A TLS connection to the server of `url` through a tunnel of `proxy`. Its handshake may still be under way when this resolves;
 * rejects as `tunnel` does.
 */
export async function secureTunnel(proxy: HttpProxy, url: string, options: RequestOptions & ConnectionOptions) {
  const { connect } = await import("node:tls");
  const socket = await tunnel(proxy, authorityOf(url), options.signal);
  return connect({ ...tlsTo(url, options), socket });
}

/** TLS options for the server of `url`: the name that its certificate is checked for, and the certificates and key of our side. */
export function tlsTo(url: string, { ca, cert, key }: ConnectionOptions): ConnectionOptions {
  const host = bare(new URL(url).hostname);
  const named = isIP(host) > 0 ? {} : { servername: host };
  return { host, ...named, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/**
 * Asks `proxy` (CONNECT) for a connection to `target`, a "host:port", and resolves with a socket whose bytes reach it. Rejects with
 * a ProxyRefusal for any status but 2xx, with the error of the network, and when `signal` is aborted.
 */
export async function tunnel(proxy: HttpProxy, target: string, signal: AbortSignal | undefined): Promise<Socket> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    const { host, port } = proxy;
    const headers = { host: target, ...proxyHeaders(proxy) };
    request({ host: bare(host), port, method: "CONNECT", path: target, headers, agent: false, signal })
      .once("connect", ({ statusCode = 0 }, socket: Socket, head) => {
        if (head.length > 0) socket.unshift(head);
        if (statusCode >= 200 && statusCode < 300) resolve(socket);
        else {
          socket.destroy();
          reject(new ProxyRefusal(statusCode, target));
        }
      })
      .on("error", reject)
      .end();
  });
}

/** "host:port" of the server of `url`, with the default port of its scheme written out. */
export function authorityOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
