// Which windows does an agent's body hold, by our clock, and what is wrong with one that cannot be taken?
// SPDX-License-Identifier: MPL-2.0
import { type Problem, problemOf, type Validator } from "@gst-pyroscope/contract/shape-problem";
import { cleanStreamId } from "@gst-pyroscope/contract/stream-id";
import { readTimestamp, writeTimestamp } from "@gst-pyroscope/contract/timestamps";
import { type PipelineWindow, WINDOW_VERSION, type WindowBatch, windowLimits } from "@gst-pyroscope/contract/window";
import { pipelineWindowSchema } from "@gst-pyroscope/contract/window-schema";
import type { ErrorCode } from "@gst-pyroscope/contract/wire";
import { Ajv } from "ajv";
import type { WindowRow } from "../store/stall-port.js";
import { AgentClocks } from "./agent-clocks.js";

export interface WindowProblem {
  status: 400 | 401 | 422;
  error: ErrorCode;
  reason: string;
}

/** Of the agent's clock: a window ends before it is sent. */
const FUTURE_MS = 60_000;
const LONGEST_MS = 60_000;

type Json = Record<string, unknown>;

export const isObject = (json: unknown): json is Json =>
  typeof json === "object" && json !== null && !Array.isArray(json);

export const windowsIn = (json: unknown): number =>
  isObject(json) && Array.isArray(json.windows) ? json.windows.length : 0;

/** Answers with rows, or with what is wrong. All or nothing. Fields that the schema does not know are left out. */
export function windowsFormat(): (json: unknown, project: string, receivedMs: number) => WindowRow[] | WindowProblem {
  const validator = new Ajv({ allowUnionTypes: true, removeAdditional: "all" }).compile(pipelineWindowSchema);
  const clocks = new AgentClocks();
  return (json, project, receivedMs) => {
    const problem = wholeProblem(json, project) ?? windowProblem(json as WindowBatch, validator);
    if (problem !== null) return problem;
    const { sent_at, windows } = json as WindowBatch;
    return windows.map((window) => {
      const agent = JSON.stringify([project, window.host, window.service]);
      return rowOf(window, { project, receivedMs, offsetMs: clocks.offset(agent, timeOf(sent_at), receivedMs) });
    });
  };
}

const timeOf = (text: string): number => readTimestamp(text) ?? 0;

function rowOf(window: PipelineWindow, known: Pick<WindowRow, "project" | "receivedMs" | "offsetMs">): WindowRow {
  const [ownFromMs, ownToMs] = [timeOf(window.from), timeOf(window.to)];
  const [fromMs, toMs] = [ownFromMs + known.offsetMs, ownToMs + known.offsetMs];
  const times = { from: writeTimestamp(fromMs), to: writeTimestamp(toMs) };
  const stream_id = cleanStreamId(window.stream_id) ?? window.pipeline.slice(0, 1);
  return { ...known, ownFromMs, fromMs, toMs, window: { ...window, ...times, stream_id } };
}

function wholeProblem(json: unknown, project: string): WindowProblem | null {
  if (!isObject(json)) {
    const reason = 'The body must be an object: {"schema_version": "1.0", "windows": [...]}';
    return { status: 400, error: "body_not_object", reason };
  }
  if (json.schema_version !== WINDOW_VERSION) {
    const reason = `schema_version must be "${WINDOW_VERSION}"; this service knows no other`;
    return { status: 400, error: "schema_version_unknown", reason };
  }
  const windows = windowsIn(json);
  const most = windowLimits.windows;
  if (windows === 0) return refused("windows_missing", `windows must be a list of 1 to ${most} windows`);
  if (windows > most)
    return refused("windows_too_many", `${windows} windows are too many: send at most ${most} at once`);
  if (readTimestamp(json.sent_at) === null) {
    return refused("window_invalid", "sent_at must be an RFC 3339 time, as 2026-11-30T04:48:00.000Z");
  }
  if (json.project_id === project) return null;
  if (typeof json.project_id !== "string") return refused("window_invalid", "project_id must be a text");
  return { status: 401, error: "project_mismatch", reason: "project_id is not the project of this token" };
}

function windowProblem({ windows, sent_at }: WindowBatch, validator: Validator): WindowProblem | null {
  for (const [index, window] of windows.entries()) {
    const problem = validator(window) ? timeProblem(window, timeOf(sent_at)) : problemOf(validator);
    if (problem !== null) return refused("window_invalid", `windows[${index}]${problem.path} ${problem.message}`);
  }
  return null;
}

function timeProblem({ from, to }: PipelineWindow, sentMs: number): Problem | null {
  const [fromMs, toMs] = [readTimestamp(from), readTimestamp(to)];
  if (fromMs === null || toMs === null) return { path: ".from", message: "or .to names a day that does not exist" };
  if (toMs < fromMs) return { path: ".to", message: "must not be before .from" };
  if (toMs - fromMs > LONGEST_MS)
    return { path: ".to", message: `must not be more than ${LONGEST_MS / 1000} s after .from` };
  return toMs > sentMs + FUTURE_MS ? { path: ".to", message: "must not be after sent_at" } : null;
}

const refused = (error: ErrorCode, reason: string): WindowProblem => ({ status: 422, error, reason });
