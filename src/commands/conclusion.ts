// What does `run` say and do once its command has ended? The summary, or why there is none; the page, where that is asked for.
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Host, HostSummary } from "../agent/agent.js";
import { captureFiles } from "../capture/format.js";
import type { Environment } from "../config/config.js";

export interface ConclusionRequest {
  host: Host;
  code: number;
  command: string[];
  /** Whose page is opened; undefined: none is. */
  openBelow: string | undefined;
  environment: Environment;
  say: (line: string) => void;
}

/** A program that opens pages and has not failed by then has done it. */
const OPENED_MS = 3000;

/** Waits for the agent, but not against somebody who asks us to stop. */
export async function conclude(request: ConclusionRequest): Promise<void> {
  const { host, code, say } = request;
  const asked = askedToStop();
  try {
    const summary = await Promise.race([host.finish(code), asked.promise]);
    if (summary === undefined) say("gst-pyroscope: stopped before everything was delivered");
    else await tell(summary, request);
  } catch (error) {
    say(`gst-pyroscope: ${(error as Error).message}`);
  } finally {
    asked.forget();
  }
}

async function tell({ sawGStreamer, lines, leftBehind }: HostSummary, request: ConclusionRequest): Promise<void> {
  const { command, openBelow, environment, say } = request;
  if (!sawGStreamer) return say(`gst-pyroscope: no GStreamer activity seen in ${command[0]}${whyNot(leftBehind)}`);
  for (const line of lines) say(line);
  if (openBelow === undefined) return;
  const page = join(openBelow, captureFiles.report);
  if (!existsSync(page)) return say(`gst-pyroscope: there is no page to open in ${openBelow}`);
  const problem = await opened(page, environment);
  if (problem !== undefined) say(`gst-pyroscope: xdg-open ${problem}: open ${page} in a browser`);
}

/** A daemon leaves its command behind, and us with it. */
function whyNot(leftBehind: readonly number[]): string {
  if (leftBehind.length === 0) return ": nothing was profiled";
  const who = `pid ${leftBehind.slice(0, 3).join(", ")}${leftBehind.length > 3 ? ", …" : ""}`;
  return `, which left ${who} running in the background, unprofiled: keep that in the foreground, or start it with what gst-pyroscope env prints`;
}

/** Why it was not; undefined: it was, as far as can be known. */
function opened(page: string, environment: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("xdg-open", [page], { detached: true, stdio: "ignore", env: environment });
    const timer = setTimeout(() => resolve(undefined), OPENED_MS);
    const settle = (problem: string | undefined) => {
      clearTimeout(timer);
      resolve(problem);
    };
    child.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code === "ENOENT" ? "is not installed" : `cannot be started (${error.code})`),
    );
    child.once("exit", (code) => settle(code === 0 ? undefined : "found nothing that shows pages"));
    child.unref();
  });
}

function askedToStop() {
  let listener = () => {};
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  const promise = new Promise<undefined>((done) => {
    listener = () => done(undefined);
    for (const signal of signals) process.once(signal, listener);
  });
  const forget = () => {
    for (const signal of signals) process.off(signal, listener);
  };
  return { promise, forget };
}
