// How does one export of OTLP get to a collector, by gRPC or HTTP?
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip as gzipLater } from "node:zlib";
import { Client, compressionAlgorithms, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { judgeExport } from "../../delivery/answers.js";
import { type Endpoint, endpointOf, post, type Tls } from "../../delivery/transport.js";
import type { Log } from "../../log.js";
import { answerOf, PROTOBUF, rejectedIn } from "./answers.js";
import { SharedChannel } from "./channels.js";
import { grpcWay } from "./grpc-route.js";
import type { Sender, SenderOptions, Signal } from "./sending.js";

const methods: Record<Signal, string> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};
const MAX_RECONNECT_MS = 5000;

/** Throws ERR_SERVER_URL. */
export function openSender(options: SenderOptions): Sender {
  return options.protocol === "grpc" ? grpcSender(options) : httpSender(options);
}

const gzipped = promisify(gzipLater);
const TOO_LARGE = 413;

function httpSender(options: SenderOptions): Sender {
  const { signal: kind, endpoint, exact, headers, userAgent, gzip = false, tls } = options;
  const encoding = gzip ? { "content-encoding": "gzip" } : {};
  const target = endpointOf(endpoint, exact ? "" : `/v1/${kind}`, {
    headers: { "user-agent": userAgent, ...headers, ...encoding },
  });
  return {
    shown: target.url,
    async send(body, timeoutMs, signal) {
      const packed = gzip ? await gzipped(body) : body;
      const reply = judgeExport(await post(target, packed, { contentType: PROTOBUF, timeoutMs, signal, tls }));
      if (reply.status >= 200 && reply.status < 300) return { ...reply, rejected: rejectedIn(reply.body) };
      // Of the fives OTLP tries only three again; the others say that this export is the trouble.
      const final = reply.status >= 500 && ![502, 503, 504].includes(reply.status);
      if (final) return { ...reply, status: 400 };
      return reply.status === TOO_LARGE ? { ...reply, tooLarge: true } : reply;
    },
    renew: () => {},
    close: () => {},
  };
}

function grpcSender(sending: SenderOptions): Sender {
  const { signal: kind, endpoint, headers, log } = sending;
  const target = endpointOf(endpoint, "", { headers });
  const { route, shown } = target;
  if (route.kind === "unusable")
    return { shown, send: async () => ({ status: 0, message: route.why }), renew: () => {}, close: () => {} };
  const channel = channelTo(target, sending);
  const metadata = metadataOf(target.headers, log);
  return {
    shown,
    send: (body, timeoutMs, signal) =>
      channel.use(
        (client) =>
          new Promise((resolve) => {
            let contentType = "";
            const call = client.makeUnaryRequest(
              methods[kind],
              (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
              (bytes: Buffer) => bytes,
              body,
              metadata,
              { deadline: Date.now() + timeoutMs },
              (error: ServiceError | null, reply?: Buffer) => {
                signal.removeEventListener("abort", cancel);
                resolve(answerOf(target, contentType, error, reply));
              },
            );
            call.on("metadata", (headers) => {
              contentType = String(headers.get("content-type")[0] ?? "");
            });
            const cancel = () => call.cancel();
            if (signal.aborted) cancel();
            signal.addEventListener("abort", cancel, { once: true });
          }),
      ),
    renew: (unless) => channel.renew(unless),
    close: () => channel.close(),
  };
}

/** Who we are is in the metadata of each call, but for certificates. */
function channelTo({ url, route }: Endpoint, sending: SenderOptions): SharedChannel<Client> {
  const { signal, userAgent, gzip = false, tls, log, channels = new Map() } = sending;
  const secure = url.startsWith("https:");
  const make = (generation: number): Client => {
    const { address, options } = grpcWay(url, route);
    return new Client(address, secure ? secureBy(tls, log) : credentials.createInsecure(), {
      ...options,
      "grpc.primary_user_agent": generation === 0 ? userAgent : `${userAgent} (${generation})`,
      // A pool of its own: others' waiting for a server must not be ours, and a server that is back is found at once.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 500,
      "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_MS,
      ...(gzip && { "grpc.default_compression_algorithm": compressionAlgorithms.gzip }),
    });
  };
  const key = JSON.stringify([signal, url, route, gzip, userAgent, secure ? digestOf(tls) : ""]);
  return SharedChannel.open(channels, key, make);
}

export function digestOf({ ca, cert, key }: Tls = {}): string {
  const hash = createHash("sha256");
  for (const part of [ca, cert, key]) hash.update(`${part?.length ?? -1}:`).update(part ?? "");
  return hash.digest("hex");
}

/** What cannot be used is left out: the collector will not be believed then, or will not believe us, and nothing is sent. */
export function secureBy(tls: Tls | undefined, log: Log) {
  const { ca = null, key = null, cert = null } = tls ?? {};
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    log.warn("the certificates for the collector cannot be used", { message: (error as Error).message });
    return credentials.createSsl();
  }
}

export function metadataOf(headers: Record<string, string>, log: Log): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    try {
      metadata.set(name, value);
    } catch {
      log.warn("a header for the collector is not valid and left out", { header: name });
    }
  }
  return metadata;
}
