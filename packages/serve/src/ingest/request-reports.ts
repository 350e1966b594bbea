// What does a player tell in the address of a request for media? The service's own origin hands it in; nobody waits for an answer.
// SPDX-License-Identifier: MPL-2.0
import type { CmcdBody } from "./cmcd-format.js";
import { admit, type Format, type Receiving } from "./receive.js";

/** `value`: of the parameter CMCD, decoded. The project is the first one: such a request has no token. */
export function requestReports(format: Format<CmcdBody>, parts: Receiving): (value: string) => void {
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
  const caller = { project, kind: "browser", sends: true, windows: false, reads: false, deletes: false } as const;
  const request = { ...nobody, body: async () => Buffer.alloc(0) };
  await admit(request, { format, decoded, caller, bytes: value.length }, parts);
}

/** Players of many viewers may come through one address; their project's rate is enough. */
const nobody = { token: undefined, origin: undefined, ownOrigin: "", client: "", cookie: false, traceId: null };
