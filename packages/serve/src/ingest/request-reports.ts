// What does a player tell in the address of a request for media? The service's own origin hands it in; nobody waits for an answer.
// SPDX-License-Identifier: MPL-2.0
import type { CmcdBody } from "./cmcd-format.js";
import type { Limiter } from "./limiter.js";
import { admit, type Format, type Receiving } from "./receive.js";

/** Anybody may send them: together they get this part of what a project may send, beside it, so that they cannot use it up. */
const SHARE = 0.5;

export interface ReportReceiving extends Receiving {
  limiter: Limiter;
}

/** `value`: of the parameter CMCD, decoded. The project is the first one: such a request has no token. */
export function requestReports(format: Format<CmcdBody>, receiving: ReportReceiving): (value: string) => void {
  const parts = { ...receiving, limiter: receiving.limiter.part(SHARE) };
  return (value) => {
    take(value, format, parts).catch((error) =>
      parts.log.warn("a report in an address was not taken", { problem: error.message }),
    );
  };
}

/** What is refused has been counted. */
async function take(value: string, format: Format<CmcdBody>, parts: Receiving): Promise<void> {
  const [project] = parts.tokens.projectIds;
  const decoded = format.decode(value.replaceAll("\n", " "));
  if (project === undefined || decoded === undefined || decoded.lines.length === 0) return;
  const may = { sends: true, windows: false, reads: false, deletes: false, knowsAll: false };
  const caller = { project, kind: "browser", ...may } as const;
  const request = { ...nobody, body: async () => Buffer.alloc(0) };
  await admit(request, { format, decoded, caller, bytes: value.length }, parts);
}

/** Players of many viewers may come through one address: it is not limited by. */
const nobody = { token: undefined, origin: undefined, ownOrigin: "", client: "", cookie: false, traceId: null };
