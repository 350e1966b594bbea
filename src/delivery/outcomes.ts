// What does a server's answer mean for the profile that it answers? TABLE: outcomes of an upload.
// SPDX-License-Identifier: MPL-2.0

import type { UploadCode } from "../errors.js";
import type { Reply } from "./transport.js";

export interface OutcomeRow {
  code: UploadCode;
  /** How often one profile is tried when every answer is of this kind. */
  attempts: number;
  /** The next profile would fare no better: wait before it is tried. */
  pause: boolean;
}

export const outcomeTable = {
  /** This profile is bad, the next one may be good. */
  invalid: { code: "ERR_UPLOAD_INVALID", attempts: 1, pause: false },
  denied: { code: "ERR_UPLOAD_DENIED", attempts: 1, pause: true },
  misrouted: { code: "ERR_UPLOAD_MISROUTED", attempts: 1, pause: true },
  /** Also said for ever to a profile that is larger than the server's bucket. */
  busy: { code: "ERR_UPLOAD_BUSY", attempts: 10, pause: false },
  /** A server that starts says 500, and one that chokes on a profile too. */
  failing: { code: "ERR_UPLOAD_FAILING", attempts: 8, pause: false },
  /** Its address stays what it is, and so does its opinion. */
  proxied: { code: "ERR_UPLOAD_PROXY", attempts: 1, pause: true },
  /** A captive portal answers for every server until a person has logged in. */
  foreign: { code: "ERR_UPLOAD_FOREIGN", attempts: Number.POSITIVE_INFINITY, pause: false },
  /** Nothing says that the profile is at fault: it is tried until it is too old. */
  unreachable: { code: "ERR_UPLOAD_UNREACHABLE", attempts: Number.POSITIVE_INFINITY, pause: false },
} as const satisfies Record<string, OutcomeRow>;

export type FailureKind = keyof typeof outcomeTable;

const byStatus: Record<number, FailureKind> = {
  0: "unreachable",
  401: "denied",
  403: "denied",
  404: "misrouted",
  405: "misrouted",
  407: "proxied",
  408: "unreachable",
  425: "unreachable",
  429: "busy",
  501: "misrouted",
  502: "unreachable",
  503: "unreachable",
  504: "unreachable",
};

/** null = delivered. */
export function failureOf({ status, foreign }: Reply): FailureKind | null {
  if (status >= 200 && status < 300) return foreign ? "foreign" : null;
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return "failing";
  return status >= 400 ? "invalid" : "misrouted"; // a redirect: the address is another one
}
