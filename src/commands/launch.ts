// How does a command run under us as if we were not there? Same terminal, same signals, same end.
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Environment } from "../config/config.js";
import { exitCodes } from "./exit-codes.js";

/** How a command ended, or why it never began (`problem`). */
export interface Ended {
  code: number;
  signal?: NodeJS.Signals;
  problem?: string;
}

/** The terminal sends these to the whole foreground group, so the command has them already. */
const terminalSignals: NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP"];
const otherSignals: NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2"];
/** Node ignores the first and answers the second with its debugger: only the exit code can tell. */
const cannotRaise: NodeJS.Signals[] = ["SIGPIPE", "SIGUSR1"];

/** Runs the command on our terminal, in our process group; `started` gets its pid. */
export function launch(command: string[], environment: Environment, started: (pid: number) => void): Promise<Ended> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    let child: ChildProcess | undefined;
    const stop = passSignals((signal) => child?.kill(signal)); // before the command can be there to be interrupted
    const failed = (error: NodeJS.ErrnoException) => {
      if (child?.pid !== undefined) return; // a signal could not be passed: it is gone, and "exit" follows
      stop();
      resolve(neverBegan(program, error));
    };
    try {
      child = spawn(program, args, { stdio: "inherit", env: environment });
    } catch (error) {
      failed(error as Error); // some errors are thrown, most are events
      return;
    }
    child.once("spawn", () => started(child?.pid ?? 0));
    child.once("error", failed);
    child.once("exit", (code, signal) => {
      stop();
      resolve(signal ? { code: 128 + constants.signals[signal], signal } : { code: code ?? 0 });
    });
  });
}

function neverBegan(program: string, error: NodeJS.ErrnoException): Ended {
  if (error.code === "ENOENT") return { code: exitCodes.notFound.code, problem: `${program}: not found` };
  const why = error.code === "EACCES" ? "not executable" : `cannot be started: ${error.code ?? error.message}`;
  return { code: exitCodes.notExecutable.code, problem: `${program}: ${why}` };
}

/** Ends this process as the command ended. */
export function leaveLike(ended: Ended): never {
  if (ended.signal !== undefined && !cannotRaise.includes(ended.signal)) {
    process.removeAllListeners(ended.signal);
    process.kill(process.pid, ended.signal);
  }
  process.exit(ended.code);
}

/** Hands signals on that were sent to us alone; returns the end of it. */
function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const terminal = (signal: NodeJS.Signals) => {
    if (!inForeground()) pass(signal);
  };
  for (const signal of terminalSignals) process.on(signal, terminal);
  for (const signal of otherSignals) process.on(signal, pass);
  return () => {
    for (const signal of terminalSignals) process.off(signal, terminal);
    for (const signal of otherSignals) process.off(signal, pass);
  };
}

/** Are we in the foreground group of our terminal? Fields 5, 7 and 8 of /proc/self/stat: group, terminal, its foreground group. */
export function inForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [group, terminal, foreground] = [fields[2], fields[4], fields[5]];
  return terminal !== "0" && group === foreground;
}
