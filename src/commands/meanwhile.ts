// What does `run` show and do while its command runs? One line on a terminal, and an end after a time where that is asked for.
// SPDX-License-Identifier: MPL-2.0

import { constants, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { FetchState, Host } from "../agent/agent.js";
import { bytes } from "../analysis/units.js";
import type { Environment } from "../config/configuration.js";
import { attempt } from "../model/attempt.js";
import { inForeground } from "./launch.js";

/** Draws the line anew; never waits for the terminal, which may be stopped (Ctrl-S). */
export type Draw = (line: string) => void;

export interface MeanwhileRequest {
  host: Pick<Host, "profiled" | "processes" | "fetching">;
  durationMs: number | undefined;
  draw: Draw | undefined;
  say: (line: string) => void;
}

/** A command that is interrupted may finish its file; one that does not care is terminated after this. */
const FINISH_MS = 5000;
const REDRAW_MS = 1000;

/** From the command's start on; `stop` at its end tells whether it was asked to end. */
export function meanwhile(request: MeanwhileRequest): { stop: () => { asked: boolean } } {
  const { host, durationMs, draw, say } = request;
  const began = performance.now();
  let asked = false;
  const timers: NodeJS.Timeout[] = [];
  if (draw !== undefined) timers.push(setInterval(() => asked || draw(progress(request, began)), REDRAW_MS));
  const end = (signal: NodeJS.Signals, line: string) => {
    draw?.("");
    say(`gst-pyroscope: ${line}`);
    asked = true;
    // One that has ended, or is another user's by now, is left out.
    for (const pid of host.processes()) attempt(() => process.kill(pid, signal), false);
  };
  if (durationMs !== undefined) {
    timers.push(setTimeout(() => end("SIGINT", "--duration is over: the command is interrupted"), durationMs));
    const late = durationMs + FINISH_MS;
    timers.push(setTimeout(() => end("SIGTERM", "it does not end: it is terminated"), late));
  }
  const stop = () => {
    for (const timer of timers) clearTimeout(timer);
    draw?.("");
    return { asked };
  };
  return { stop };
}

function progress({ host, durationMs }: MeanwhileRequest, began: number): string {
  const time = clock(performance.now() - began) + (durationMs === undefined ? "" : ` of ${clock(durationMs)}`);
  const count = host.profiled();
  if (count === 0) return `gst-pyroscope: ${time}, no pipeline yet`;
  const state = host.fetching();
  const fetching = state.ended < state.asked ? `, ${fetchText(state)}` : "";
  return `gst-pyroscope: ${time}, profiling ${count === 1 ? "one process" : `${count} processes`}${fetching}`;
}

/** "debuginfod: 3 of 14 files, 12 MB, libx264.so" */
export const fetchText = ({ asked, ended, bytes: received, module }: FetchState): string =>
  `debuginfod: ${ended} of ${asked} files, ${bytes(received)}, ${module}`;

/** "1:05" */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, min, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(min)}:${two(s)}` : `${min}:${two(s)}`;
}

/** undefined where no person looks. The command writes there too: the cursor stays at the left, so that its lines cover ours. */
export function drawOnTerminal({ TERM = "dumb" }: Environment): Draw | undefined {
  if (!isatty(2) || TERM === "dumb") return undefined;
  // Opened again: not to wait must not become true of the command's own descriptor.
  const how = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const fd = attempt(() => openSync("/proc/self/fd/2", how), undefined);
  if (fd === undefined) return undefined;
  let drawn = "";
  return (line) => {
    if ((line === "" && drawn === "") || !inForeground()) return;
    drawn = line;
    const cells = (process.stderr.columns || 80) - 1;
    attempt(() => writeSync(fd, `\r\u001b[2K${line.slice(0, cells)}\r`), 0); // it may be stopped, or gone
  };
}
