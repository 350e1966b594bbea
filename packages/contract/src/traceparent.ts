// Which trace does a request belong to, by its traceparent header?
// SPDX-License-Identifier: MPL-2.0

export interface TraceParent {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits: the caller's span. */
  spanId: string;
  sampled: boolean;
}

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** `invalid`: begin a trace of one's own and mark it, mtrace.trace.parse_error; never a reason to refuse the request. */
export function readTraceparent(header: string | null | undefined): TraceParent | "absent" | "invalid" {
  if (header == null || header.trim() === "") return "absent";
  const [, traceId = "", spanId = "", flags = ""] = FORM.exec(header.trim()) ?? [];
  if (traceId === "" || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return "invalid";
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
