// How does one file come from a debuginfod server, whatever the server does? Whole, or not at all and with a reason.
// SPDX-License-Identifier: MPL-2.0

import { type FileHandle, open, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { exchange } from "../delivery/exchange.js";
import { endpointOf } from "../delivery/transport.js";

export interface FetchLimits {
  /** Until the first 100 KB are here. */
  timeoutMs: number;
  /** Until all is here. */
  maxTimeMs: number;
  maxBytes: number;
}

/** "" = it is here; else why it is not. */
export type FetchFailure = "" | "not found" | "no answer" | "too slow" | "too large" | "refused" | "cannot be stored";

/** What a server must have sent within its timeout, as debuginfod's own client has it. */
const FIRST_BYTES = 100 * 1024;

/** What goes on around one request. */
export interface Around {
  signal: AbortSignal;
  /** Is told of each piece that came. */
  received?: (bytes: number) => void;
}

/** Writes to `path`, which must not exist; it does not afterwards unless the answer is "". Never rejects. */
export async function fetchFile(url: string, path: string, limits: FetchLimits, around: Around): Promise<FetchFailure> {
  const file = await open(path, "wx", 0o600).catch(() => null);
  if (file === null) return "cannot be stored";
  const failure = await transfer(url, file, limits, around);
  await file.close().catch(() => undefined);
  if (failure !== "") await rm(path, { force: true }).catch(() => undefined);
  return failure;
}

async function transfer(
  url: string,
  file: FileHandle,
  limits: FetchLimits,
  { signal, received: tell }: Around,
): Promise<FetchFailure> {
  const late = new AbortController();
  let received = 0;
  const first = setTimeout(() => received < FIRST_BYTES && late.abort(), limits.timeoutMs);
  const all = setTimeout(() => late.abort(), limits.maxTimeMs);
  try {
    const response = await ask(url, limits, AbortSignal.any([late.signal, signal]));
    const refused = refusalOf(response, limits);
    if (refused !== "") {
      response.destroy();
      return refused;
    }
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      received += chunk.length;
      tell?.(chunk.length);
      if (received > limits.maxBytes) return "too large";
      if (!(await stored(file, chunk))) return "cannot be stored";
    }
    return "";
  } catch {
    return late.signal.aborted ? "too slow" : "no answer";
  } finally {
    clearTimeout(first);
    clearTimeout(all);
  }
}

async function ask(url: string, limits: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const own = { "user-agent": "gst-pyroscope", "x-debuginfod-maxsize": String(limits.maxBytes) };
  const { url: address, route, headers } = endpointOf(url, "", { headers: own });
  return exchange(address, route, { headers, signal });
}

/** Redirects are not followed: only the configured servers are asked. */
function refusalOf({ statusCode, headers }: IncomingMessage, { maxBytes }: FetchLimits): FetchFailure {
  if (statusCode === 404) return "not found";
  if (statusCode === 406) return "too large"; // by the header that we sent
  if (statusCode !== 200) return "refused";
  const size = Number(headers["content-length"] ?? headers["x-debuginfod-size"] ?? 0);
  return size > maxBytes ? "too large" : "";
}

const stored = (file: FileHandle, chunk: Uint8Array): Promise<boolean> =>
  file.writeFile(chunk).then(
    () => true,
    () => false,
  );
