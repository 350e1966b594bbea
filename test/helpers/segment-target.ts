// How do tests get a real process with a real segment? It does what it is told, line by line.
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../build/tests/segment-target", import.meta.url));

export const entryKind = { fact: 1, pipeline: 2, element: 3, pad: 4, thread: 5, module: 6, functions: 8 } as const;

export interface Shown {
  flushDone: number;
  agentPid: number;
  agentVersion: number;
  refusal: number;
  detached: number;
  agentSeenNs: number;
  enabled: number;
  sampleRate: number;
  timing: number;
  settled: number;
  lost: number;
  endpointError: number;
}

export class SegmentTarget {
  static readonly program = PROGRAM;
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  pid = 0;
  fd = 0;
  readonly #waiting: { resolve: (line: string) => void; reject: (reason: Error) => void }[] = [];

  private constructor(launcher: readonly string[], ...program: string[]) {
    const [command = "", ...rest] = [...launcher, ...program];
    this.process = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface(this.process.stdout).on("line", (line) => this.#waiting.shift()?.resolve(line));
    this.process.once("error", (error) => this.#giveUp(error));
    this.process.stdin.on("error", () => undefined);
    this.process.once("close", () => this.#giveUp(new Error("the target is gone")));
  }

  /** `launcher`: what starts it, as words; `program`: a copy of it that such a launcher may reach. */
  static async start(launcher: readonly string[] = [], program = SegmentTarget.program): Promise<SegmentTarget> {
    return SegmentTarget.#started(new SegmentTarget(launcher, program));
  }

  /** With room for spans. */
  static startWithSpans(): Promise<SegmentTarget> {
    return SegmentTarget.#started(new SegmentTarget([], SegmentTarget.program, "spans"));
  }

  static async #started(target: SegmentTarget): Promise<SegmentTarget> {
    const [pid, fd] = (await target.#line()).split(" ").map(Number);
    target.pid = pid ?? 0;
    target.fd = fd ?? 0;
    return target;
  }

  /** One command, see segment-target.cc; resolves to its answer. */
  send(command: string): Promise<string> {
    this.process.stdin.write(`${command}\n`);
    return this.#line();
  }

  /** Adds an entry of the directory; resolves to its id. */
  async name(kind: keyof typeof entryKind, parent: number, texts: string[], value0 = 0, value1 = 0): Promise<number> {
    return Number(await this.send(`name ${entryKind[kind]} ${parent} ${value0} ${value1} ${texts.join("|")}`));
  }

  /** Fills the directory with entries whose text is `pattern` again and again, so many bytes long; resolves to their number. */
  async forge(kind: keyof typeof entryKind, parent: number, nested: boolean, bytes: number, pattern: string) {
    return Number(await this.send(`forge ${entryKind[kind]} ${parent} ${nested ? 1 : 0} ${bytes} ${pattern}`));
  }

  async show(): Promise<Shown> {
    return JSON.parse(await this.send("show")) as Shown;
  }

  /** Ends it, by a signal or by itself; resolves when it is reaped. */
  end(signal?: NodeJS.Signals): Promise<void> {
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
    const ended = new Promise<void>((resolve) => process.once("exit", () => resolve()));
    if (signal === undefined) process.stdin.end();
    else process.kill(signal);
    return ended;
  }

  #line(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #giveUp(reason: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
