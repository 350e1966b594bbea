// How does `run` start a command so that it behaves as if started directly? Same terminal, signals and exit status.
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Environment } from "../config/configuration.js";
import { exitCodes } from "./exit-codes.js";

/** The exit of a command, or the reason why it could not be started (`problem`). */
export interface Ended {
  /** Exit code; 128 + signal number after a signal; 127 or 126 if the command was not found or not executable. */
  code: number;
  signal?: NodeJS.Signals;
  problem?: string;
}

/** The terminal sends these to the whole foreground group, so the command has them already. */
const terminalSignals: NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP"];
const otherSignals: NodeJS.Signals[] = ["SIGTERM", "SIGUSR1", "SIGUSR2"];
/** Node.js ignores SIGPIPE and starts its debugger on SIGUSR1: this process exits with 128 + signal number instead. */
const cannotRaise: NodeJS.Signals[] = ["SIGPIPE", "SIGUSR1"];

/** Runs the command on our terminal, in our process group; `started` is called with its pid. Never rejects. */
export function launch(command: string[], environment: Environment, started: (pid: number) => void): Promise<Ended> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    let child: ChildProcess | undefined;
    const stop = passSignals((signal) => child?.kill(signal)); // before the command exists and can be interrupted
    const failed = (error: NodeJS.ErrnoException) => {
      if (child?.pid !== undefined) return; // kill() failed: the command has ended, and "exit" follows
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

/** Ends this process with the same signal or exit code as the command. */
export function leaveLike(ended: Ended): never {
  if (ended.signal !== undefined && !cannotRaise.includes(ended.signal)) {
    process.removeAllListeners(ended.signal);
    process.kill(process.pid, ended.signal);
  }
  process.exit(ended.code);
}

/** Forwards signals that were sent to this process only, not to the whole group; returns a function that stops it. */
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

/**
 * True if this process is in the foreground process group of its controlling terminal. It compares fields 5 (pgrp) and
 * 8 (tpgid) of /proc/self/stat; field 7 (tty_nr) is 0 without a terminal.
 */
export function inForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [group, terminal, foreground] = [fields[2], fields[4], fields[5]];
  return terminal !== "0" && group === foreground;
}
