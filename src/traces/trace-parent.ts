// Which trace started the target? W3C Trace Context in the variable TRACEPARENT, as the tracer reads it too.
// SPDX-License-Identifier: MPL-2.0

export interface TraceLink {
  /** 32 and 16 hex digits. */
  traceId: string;
  spanId: string;
  sampled: boolean;
}

/** undefined for what is not valid: upper case, ids of zeros, version ff, version 00 of another length. */
export function traceParent(text: string): TraceLink | undefined {
  const found = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s.exec(text);
  const [, version, traceId = "", spanId = "", flags = "", more] = found ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
