// What does `run` say and do once its command has ended? The summary, or why there is none; the page, where that is asked for.
// SPDX-License-Identifier: MPL-2.0

import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Host, HostSummary } from "../agent/agent.js";
import { captureFiles } from "../capture/format.js";
import type { Environment } from "../config/configuration.js";
import { openPage } from "./browser.js";

export interface ConclusionRequest {
  host: Host;
  code: number;
  command: string[];
  /** Whose page is opened; undefined: none is. */
  openBelow: string | undefined;
  /** Said in place of the summary; undefined: that is said. */
  brief?: string | undefined;
  environment: Environment;
  say: (line: string) => void;
}

/** Waits for the agent, or until a signal asks us to stop. */
export async function conclude(request: ConclusionRequest): Promise<void> {
  const { host, code, say } = request;
  const over = new AbortController();
  const asked = askedToStop(over.signal);
  try {
    const summary = await Promise.race([host.finish(code), asked]);
    if (summary === undefined) say("gst-pyroscope: stopped before everything was delivered");
    else await tell(summary, request);
  } catch (error) {
    say(`gst-pyroscope: ${(error as Error).message}`);
  } finally {
    over.abort();
  }
}

async function tell({ sawGStreamer, lines, leftBehind }: HostSummary, request: ConclusionRequest): Promise<void> {
  const { command, openBelow, environment, say, brief } = request;
  if (!sawGStreamer) return say(`gst-pyroscope: no GStreamer activity seen in ${command[0]}${whyNot(leftBehind)}`);
  for (const line of brief === undefined ? lines : [brief]) say(line);
  if (openBelow === undefined) return;
  const page = join(openBelow, captureFiles.report);
  if (!existsSync(page)) return say(`gst-pyroscope: there is no page to open in ${openBelow}`);
  const problem = await openPage(page, environment);
  if (problem !== undefined) say(`gst-pyroscope: ${problem}: open ${page} in a browser`);
}

/** A daemon leaves its command behind, and us with it. */
function whyNot(leftBehind: readonly number[]): string {
  if (leftBehind.length === 0) return ": nothing was profiled";
  const who = `pid ${leftBehind.slice(0, 3).join(", ")}${leftBehind.length > 3 ? ", …" : ""}`;
  return `, which left ${who} running in the background, unprofiled: keep that in the foreground, or start it with what gst-pyroscope env prints`;
}

/** Resolves at the first of these signals; listens until `over` is aborted, and resolves then, too. */
function askedToStop(over: AbortSignal): Promise<undefined> {
  const heard = ["SIGINT", "SIGTERM", "SIGHUP"].map((name) => once(process, name, { signal: over }));
  return Promise.race(heard)
    .then(() => undefined)
    .catch(() => undefined);
}
