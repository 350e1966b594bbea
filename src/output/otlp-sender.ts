// How does one export of OTLP get to a collector, by gRPC or HTTP? Both answer as HTTP does, so that one table of outcomes serves.
// SPDX-License-Identifier: MPL-2.0

import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Log } from "../log.js";
import { endpointOf, post, type Reply } from "./transport.js";

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
  userAgent: string;
  log: Log;
}

export interface Answer extends Reply {
  /** What the collector did not take of an export that it accepted. */
  rejected?: number;
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

/** Port 4318 is HTTP's by convention. */
export function protocolFor(wanted: Protocol | "auto", endpoint: string): Protocol {
  if (wanted !== "auto") return wanted;
  return URL.canParse(endpoint) && new URL(endpoint).port === "4318" ? "http/protobuf" : "grpc";
}

/** Throws ERR_SERVER_URL. */
export function openSender(options: SenderOptions): Sender {
  return options.protocol === "grpc" ? grpcSender(options) : httpSender(options);
}

function httpSender({ signal: kind, endpoint, exact, headers, userAgent }: SenderOptions): Sender {
  const target = endpointOf(endpoint, exact ? "" : `/v1/${kind}`, { headers: { "user-agent": userAgent, ...headers } });
  return {
    shown: target.url,
    async send(body, timeoutMs, signal) {
      const reply = await post(target, body, { contentType: "application/x-protobuf", timeoutMs, signal });
      // Of the fives OTLP tries only three again; the others say that this export is the trouble.
      const final = reply.status >= 500 && ![502, 503, 504].includes(reply.status);
      return final ? { ...reply, status: 400 } : reply;
    },
    close: () => {},
  };
}

function grpcSender({ signal: kind, endpoint, headers, userAgent, log }: SenderOptions): Sender {
  const target = endpointOf(endpoint, "", { headers });
  const { protocol, hostname, port } = new URL(target.url);
  const secure = protocol === "https:";
  const client = new Client(
    `${hostname}:${port || (secure ? 443 : 80)}`,
    secure ? credentials.createSsl() : credentials.createInsecure(),
    {
      "grpc.primary_user_agent": userAgent,
      // A pool of its own: others' waiting for a server must not be ours, and a server that is back is found at once.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 500,
      "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_MS,
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

function failure({ code, details, metadata }: ServiceError): Answer {
  if (code !== status.RESOURCE_EXHAUSTED) return { status: httpStatus[code] ?? 400, message: details };
  // Only with RetryInfo is it worth another try; else the export is too large, or a quota used up.
  const more = metadata?.get("grpc-status-details-bin").some((value) => value.includes("google.rpc.RetryInfo"));
  return { status: more ? 429 : 400, message: details };
}

/** ExportTraceServiceResponse: field 1 is partial_success, its field 1 the number that was refused. */
function rejectedIn(reply: Buffer | undefined): number {
  if (reply === undefined || reply.length < 4 || reply[0] !== 0x0a || reply[2] !== 0x08) return 0;
  let value = 0;
  for (let at = 3, scale = 1; at < reply.length; at++, scale *= 128) {
    value += ((reply[at] ?? 0) & 0x7f) * scale;
    if (((reply[at] ?? 0) & 0x80) === 0) break;
  }
  return value;
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
