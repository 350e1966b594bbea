// Which requests are refused before anything of their body is read? What no server of ours takes: one of unknown length, or a long one.
// SPDX-License-Identifier: MPL-2.0

import type { IncomingMessage } from "node:http";

/** Settings are a few words each. */
export const MOST_BODY_BYTES = 64 * 1024;

/** The status; null: it has no body, or one that is as long as it says, and short. */
export function refusedBody({ headers }: Pick<IncomingMessage, "headers">): 411 | 413 | null {
  if (headers["transfer-encoding"] !== undefined) return 411;
  return Number(headers["content-length"] ?? 0) > MOST_BODY_BYTES ? 413 : null;
}
