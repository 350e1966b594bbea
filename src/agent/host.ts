// Which processes of a command have pipelines, and what came of them? The agent inside `run`.
// SPDX-License-Identifier: MPL-2.0

import { constants, openSync } from "node:fs";
import type { Host, HostRequest, HostSummary } from "../agent.js";
import type { SegmentPlace } from "../attach/segments.js";
import { SegmentWatch } from "../attach/watch.js";
import { CaptureError } from "../capture/errors.js";
import { readCapture } from "../capture/reader.js";
import { type Log, silentLog } from "../log.js";
import { shortText } from "../report/text.js";
import { Target, type TargetRequest } from "./target.js";

export interface HostParts {
  target: Omit<TargetRequest, "source" | "pid" | "layers" | "captureDir" | "process">;
  request: HostRequest;
  terminal: { columns: number; colour: boolean };
}

const SEALED_WITHIN_MS = 1000;

export class RunHost implements Host {
  readonly #parts: HostParts;
  readonly #targets: Target[] = [];
  readonly #problems: string[] = [];
  #opening: Promise<void> = Promise.resolve();
  #watch: SegmentWatch | undefined;
  #count = 0;
  #log: Log = silentLog;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#log = parts.target.log(parts.request.resolved.config);
  }

  watch(childPid: number): void {
    this.#watch = new SegmentWatch({
      root: childPid,
      appeared: (place) => {
        const process = ++this.#count;
        const held = hold(place);
        this.#opening = this.#opening.then(() => this.#open(place.pid, held, process));
      },
      vanished: () => undefined, // a target notices its own end
      waitForExit: (pid, startTicks) => this.#parts.target.native.waitForExit(pid, startTicks),
    });
    this.#watch.start();
  }

  async finish(): Promise<HostSummary> {
    this.#watch?.stop();
    await this.#opening;
    await Promise.all(this.#targets.map((target) => target.done));
    for (const problem of this.#problems) this.#log.warn(problem);
    const lines = this.#targets.length === 0 ? this.#problems : await this.#summary();
    return { sawGStreamer: this.#targets.length > 0 || this.#problems.length > 0, lines };
  }

  async #open(pid: number, held: number | null, process: number): Promise<void> {
    try {
      if (held === null) throw new Error("it ended before its segment could be opened");
      const opened = await this.#openSealed(pid, held, process);
      this.#targets.push(opened);
      opened.start();
    } catch (error) {
      this.#problems.push(`process ${pid} is not profiled: ${(error as Error).message}`);
    }
  }

  /** The seals come last: a segment that was found while it was being made gets them within milliseconds. */
  async #openSealed(pid: number, fd: number, process: number): Promise<Target> {
    const { request, target } = this.#parts;
    const deadline = performance.now() + SEALED_WITHIN_MS;
    for (;;) {
      try {
        return await Target.open({
          ...target,
          source: { fd },
          pid,
          layers: request.layers,
          captureDir: request.captureDir,
          process,
          replace: request.replace,
        });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ERR_SEGMENT_UNSEALED" || performance.now() > deadline) throw error;
        await new Promise((later) => setTimeout(later, 5));
      }
    }
  }

  /** Of the first process; a server has the others as well. */
  async #summary(): Promise<string[]> {
    const dir = this.#targets[0]?.captureDir ?? null;
    if (dir === null) return [`gst-pyroscope: sent to ${this.#sentTo()}`, ...this.#undelivered()];
    try {
      const { columns, colour } = this.#parts.terminal;
      const text = shortText(await readCapture(dir), `${dir}/report.html`, { columns, colour });
      return text.trimEnd().split("\n");
    } catch (error) {
      return [error instanceof CaptureError ? `gst-pyroscope: ${error.message}` : String(error)];
    }
  }

  /** What no server got, of all processes. */
  #undelivered(): string[] {
    const sum: Record<string, number> = {};
    for (const { losses } of this.#targets) {
      for (const [reason, n] of Object.entries(losses)) sum[reason] = (sum[reason] ?? 0) + n;
    }
    const reasons = Object.entries(sum).map(([reason, n]) => `${n} ${reason}`);
    return reasons.length === 0 ? [] : [`gst-pyroscope: samples that were not delivered: ${reasons.join(", ")}`];
  }

  #sentTo(): string {
    const { settings } = this.#parts.request.resolved;
    const shown = (name: string) => settings.find((setting) => setting.name === name)?.shown ?? "";
    const names = ["server-url", "otlp-endpoint", "metrics-endpoint", "traces-endpoint"];
    return names.map(shown).filter(Boolean).join(" and ");
  }
}

/** A descriptor of our own at once: by its turn the process may be gone, and its segment only where somebody holds it. */
function hold({ pid, fd }: SegmentPlace): number | null {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
}
