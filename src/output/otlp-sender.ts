// How does one export of OTLP get to a collector, by gRPC or HTTP? Both answer as HTTP does, so that one table of outcomes serves.
// SPDX-License-Identifier: MPL-2.0

import { promisify } from "node:util";
import { gzip as gzipLater } from "node:zlib";
import { Client, compressionAlgorithms, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Log } from "../log.js";
import { protoBytes, protoFields } from "../model/proto-reader.js";
import { endpointOf, post, type Reply, type Tls } from "./transport.js";

export type Protocol = "grpc" | "http/protobuf";
export type Signal = "traces" | "metrics";

export interface SenderOptions {
  signal: Signal;
  protocol: Protocol;
  /** http: in the clear, https: TLS; may have credentials. */
  endpoint: string;
  /** HTTP: the path is whole already. */
  exact: boolean;
  headers: Record<string, string>;
  gzip?: boolean;
  /** Only with https. */
  tls?: Tls;
  userAgent: string;
  log: Log;
}

export interface Answer extends Reply {
  /** What the collector did not take of an export that it accepted. */
  rejected?: number;
  /** Half of it may be taken. */
  tooLarge?: boolean;
}

export interface Sender {
  /** Without credentials. */
  readonly shown: string;
  /** Never rejects. */
  send(body: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

const methods: Record<Signal, string> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};
const MAX_RECONNECT_MS = 5000;
/** HTTP's word for a status of gRPC; OTLP tries these again: 408, 429, 502, 503, 504. Whatever else is final. */
const httpStatus: Partial<Record<status, number>> = {
  [status.OK]: 200,
  [status.CANCELLED]: 408,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.ABORTED]: 503,
  [status.OUT_OF_RANGE]: 503,
  [status.UNAVAILABLE]: 503,
  [status.DATA_LOSS]: 503,
  [status.UNAUTHENTICATED]: 401,
  [status.PERMISSION_DENIED]: 403,
  [status.NOT_FOUND]: 404,
  [status.UNIMPLEMENTED]: 404,
};

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
      const reply = await post(target, packed, { contentType: "application/x-protobuf", timeoutMs, signal, tls });
      if (reply.status >= 200 && reply.status < 300) return { ...reply, rejected: rejectedIn(reply.body) };
      // Of the fives OTLP tries only three again; the others say that this export is the trouble.
      const final = reply.status >= 500 && ![502, 503, 504].includes(reply.status);
      if (final) return { ...reply, status: 400 };
      return reply.status === TOO_LARGE ? { ...reply, tooLarge: true } : reply;
    },
    close: () => {},
  };
}

function grpcSender({ signal: kind, endpoint, headers, userAgent, gzip, tls, log }: SenderOptions): Sender {
  const target = endpointOf(endpoint, "", { headers });
  const { protocol, hostname, port } = new URL(target.url);
  const secure = protocol === "https:";
  const client = new Client(
    `${hostname}:${port || (secure ? 443 : 80)}`,
    secure ? secureBy(tls, log) : credentials.createInsecure(),
    {
      "grpc.primary_user_agent": userAgent,
      // A pool of its own: others' waiting for a server must not be ours, and a server that is back is found at once.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 500,
      "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_MS,
      ...(gzip && { "grpc.default_compression_algorithm": compressionAlgorithms.gzip }),
    },
  );
  const metadata = metadataOf(target.headers, log);
  return {
    shown: target.shown,
    send: (body, timeoutMs, signal) =>
      new Promise((resolve) => {
        const call = client.makeUnaryRequest(
          methods[kind],
          (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
          (bytes: Buffer) => bytes,
          body,
          metadata,
          { deadline: Date.now() + timeoutMs },
          (error: ServiceError | null, reply?: Buffer) => {
            signal.removeEventListener("abort", cancel);
            resolve(error === null ? { status: 200, message: "", rejected: rejectedIn(reply) } : failure(error));
          },
        );
        const cancel = () => call.cancel();
        if (signal.aborted) cancel();
        signal.addEventListener("abort", cancel, { once: true });
      }),
    close: () => client.close(),
  };
}

/** What cannot be used is left out: the collector will not be believed then, or will not believe us, and nothing is sent. */
function secureBy(tls: Tls | undefined, log: Log) {
  const { ca = null, key = null, cert = null } = tls ?? {};
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    log.warn("the certificates for the collector cannot be used", { message: (error as Error).message });
    return credentials.createSsl();
  }
}

function failure({ code, details, metadata }: ServiceError): Answer {
  const retryAfterMs = metadata?.get("grpc-status-details-bin").map(retryInfo).find(Number.isFinite);
  const message = details;
  if (code !== status.RESOURCE_EXHAUSTED)
    return { status: httpStatus[code] ?? 400, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  // Only with RetryInfo is it worth another try; else the export is too large, or a quota used up.
  return retryAfterMs === undefined ? { status: 400, message, tooLarge: true } : { status: 429, message, retryAfterMs };
}

/** The delay of a google.rpc.RetryInfo among the details (field 3, an Any each) of a google.rpc.Status; NaN = none. */
function retryInfo(details: string | Buffer): number {
  for (const { number, bytes } of protoFields(Buffer.from(details))) {
    if (number !== 3 || !Buffer.from(protoBytes(bytes, 1) ?? []).includes("google.rpc.RetryInfo")) continue;
    const delay = protoFields(protoBytes(protoBytes(bytes, 2) ?? new Uint8Array(), 1) ?? new Uint8Array());
    const part = (wanted: number) => delay.find((field) => field.number === wanted)?.value ?? 0;
    return part(1) * 1000 + part(2) / 1e6;
  }
  return Number.NaN;
}

/** Export…ServiceResponse: field 1 is partial_success, its field 1 the number that was refused. */
function rejectedIn(reply: Uint8Array | undefined): number {
  const partial = protoBytes(reply ?? new Uint8Array(), 1);
  const refused = protoFields(partial ?? new Uint8Array()).find(({ number }) => number === 1)?.value ?? 0;
  return Number.isSafeInteger(refused) ? refused : 0;
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
