// What does a collector's answer say? gRPC's in the words of HTTP, so that one table of outcomes serves both.
// SPDX-License-Identifier: MPL-2.0

import { type ServiceError, status } from "@grpc/grpc-js";
import { judgeExport } from "../../delivery/answers.js";
import type { Endpoint, Reply } from "../../delivery/transport.js";
import { protoBytes, protoFields } from "../../encoding/proto-reader.js";
import { unconnected } from "./grpc-route.js";

export interface Answer extends Reply {
  /** What the collector did not take of an export that it accepted. */
  rejected?: number;
  /** Half of it may be taken. */
  tooLarge?: boolean;
}

export const PROTOBUF = "application/x-protobuf";
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

/** A page for a browser looks to gRPC like a message of a gigabyte, or like none. */
export function answerOf(target: Endpoint, contentType: string, error: ServiceError | null, body?: Uint8Array): Answer {
  const other = /^Received HTTP status code (?!200)/.test(error?.details ?? "");
  const strange = !other && contentType !== "" && !contentType.startsWith("application/grpc");
  if (strange || error === null) {
    const named = { contentType: strange ? contentType : PROTOBUF, ...(!strange && body && { body }) };
    const answer = judgeExport({ status: 200, message: "a page for a browser", ...named });
    return answer.foreign ? answer : { status: 200, message: "", rejected: rejectedIn(body) };
  }
  const unconnectedYet = /^(No connection established|Name resolution failed)/.test(error.details);
  return unconnectedYet ? unconnected(target.url, target.route, error.details) : failure(error);
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
export function rejectedIn(reply: Uint8Array | undefined): number {
  const partial = protoBytes(reply ?? new Uint8Array(), 1);
  const refused = protoFields(partial ?? new Uint8Array()).find(({ number }) => number === 1)?.value ?? 0;
  return Number.isSafeInteger(refused) ? refused : 0;
}
