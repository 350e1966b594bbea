// Which text names a place in a list of stalls or of incidents?
// SPDX-License-Identifier: MPL-2.0
import { expired, fieldsOf, isWhole, malformed, type Read, type SessionScope, VERSION, within } from "./cursors.js";
import { toBase64Url } from "./platform.js";

export interface StallPlace {
  atMs: number;
  id: number;
}

export interface IncidentPlace {
  fromMs: number;
  id: string;
}

/** `stream`: whose stalls. */
export interface StallScope extends SessionScope {
  stream: string;
}

export function writeStallCursor(scope: StallScope, { atMs, id }: StallPlace): string {
  return toBase64Url(JSON.stringify({ v: VERSION, pid: scope.project, str: scope.stream, at: atMs, ing: id }));
}

export function readStallCursor(scope: StallScope, text: string): Read<StallPlace> {
  const fields = fieldsOf(text, ["v", "pid", "str", "at", "ing"]);
  if ("problem" in fields) return fields;
  const { pid, str, at, ing } = fields.fields;
  if (!isWhole(at) || !isWhole(ing) || ing < 1) return malformed("a field is missing or of the wrong kind");
  if (pid !== scope.project || str !== scope.stream) return malformed("it is of another list");
  return within(scope, at) ? { after: { atMs: at, id: ing } } : expired();
}

export function writeIncidentCursor(scope: SessionScope, { fromMs, id }: IncidentPlace): string {
  return toBase64Url(JSON.stringify({ v: VERSION, pid: scope.project, from: fromMs, inc: id }));
}

export function readIncidentCursor(scope: SessionScope, text: string): Read<IncidentPlace> {
  const fields = fieldsOf(text, ["v", "pid", "from", "inc"]);
  if ("problem" in fields) return fields;
  const { pid, from, inc } = fields.fields;
  if (!isWhole(from) || typeof inc !== "string" || inc === "") {
    return malformed("a field is missing or of the wrong kind");
  }
  if (pid !== scope.project) return malformed("it is of another list");
  return within(scope, from) ? { after: { fromMs: from, id: inc } } : expired();
}
