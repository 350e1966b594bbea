// What does each counter of a capture mean? The target's table, the agent's, and the reasons of uploads that failed.
// SPDX-License-Identifier: MPL-2.0

import { errorTable, lossOf, type UploadCode } from "../../errors.js";
import { agentCounters } from "../../model/counter-kinds.js";
import { targetCounters } from "../../model/counters.js";

/**
 * One sentence for each counter that a capture or a report can name, by the counter's name. A failed upload has three counters:
 * of samples, with the prefix `span_` of spans, and with `windows_` of windows of pipelines.
 */
export function lossHelp(): Record<string, string> {
  const uploads = Object.entries(errorTable)
    .filter(([code]) => code.startsWith("ERR_UPLOAD_"))
    .flatMap(([code, { what }]) => [
      [lossOf(code as UploadCode), `samples that reached no server: ${what}`],
      [`span_${lossOf(code as UploadCode)}`, `spans that reached no server: ${what}`],
      [`windows_${lossOf(code as UploadCode)}`, `windows of pipelines that did not reach the session service: ${what}`],
    ]);
  return Object.fromEntries([
    ...[...targetCounters, ...agentCounters].map(({ name, help }) => [name, help]),
    ...uploads,
  ]);
}
