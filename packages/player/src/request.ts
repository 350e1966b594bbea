// How does one batch go to the service, and what does its answer mean for the batch?
// SPDX-License-Identifier: MIT
import type { Settings } from "./options.js";
import type { TransportAnswer, TransportRequest } from "./types.js";

/** `again`: a later attempt may succeed, not before `afterMs`. `never`: this batch will always be refused. */
export type Outcome = { kind: "sent" } | { kind: "again"; afterMs: number } | { kind: "never"; status: number };

/** The longest pause that a service can ask for. */
const MOST_PAUSE_MS = 300_000;

/** Never rejects. */
export async function attempt(settings: Settings, body: string, keepalive: boolean): Promise<Outcome> {
  const control = typeof AbortController === "function" ? new AbortController() : undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), settings.timeoutMs);
  });
  try {
    const answer = await Promise.race([
      settings.transport(settings.url, requestOf(settings, body, keepalive, control)),
      late,
    ]);
    if (answer !== "late") return meaning(answer);
    control?.abort();
    return { kind: "again", afterMs: 0 };
  } catch {
    return { kind: "again", afterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function requestOf(
  settings: Settings,
  body: string,
  keepalive: boolean,
  control: AbortController | undefined,
): TransportRequest {
  return {
    method: "POST",
    headers: headersOf(settings),
    body,
    keepalive,
    credentials: "omit",
    cache: "no-store",
    mode: "cors",
    redirect: "error",
    referrerPolicy: "strict-origin",
    ...(control && { signal: control.signal }),
  };
}

function headersOf(settings: Settings): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": "application/json", "X-MTrace-Token": settings.token };
  try {
    const parent = settings.traceparent?.();
    if (typeof parent === "string" && parent !== "") headers.traceparent = parent;
  } catch {
    // a trace is worth less than the events
  }
  return headers;
}

function meaning({ status, headers }: TransportAnswer): Outcome {
  if (status >= 200 && status < 300) return { kind: "sent" };
  if (status !== 429 && status < 500) return { kind: "never", status };
  return { kind: "again", afterMs: retryAfterMs(headers.get("Retry-After")) };
}

/** Seconds, or a date. */
function retryAfterMs(text: string | null): number {
  if (text === null || text.trim() === "") return 0;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1000;
  return ms > 0 ? Math.min(ms, MOST_PAUSE_MS) : 0;
}
