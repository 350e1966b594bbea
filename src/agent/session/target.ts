// How is one process served from its first buffer to its last window? A session, the loop that drives it, and its end.
// SPDX-License-Identifier: MPL-2.0

import type { Log } from "../../log.js";
import type { Endpoint } from "../../server.js";
import { RunLoop } from "../run-loop.js";
import { openEndpoint } from "./endpoint.js";
import { Session } from "./session.js";
import { shutDown } from "./shutdown.js";
import type { TargetRequest } from "./target-request.js";

export class Target {
  /** Resolves when the last window is delivered or given up. */
  readonly done: Promise<void>;
  ending = false;
  readonly #session: Session;
  readonly #loop: RunLoop;
  #endpoint: Endpoint | undefined;
  #endSelfProfile: () => Promise<void> = async () => {};
  #present = performance.now(); // the target was last seen to have its segment
  #answered = 0;
  #resolveDone: () => void = () => {};

  /** Throws coded errors: a segment that cannot be read, a capture directory that cannot be written, no server's address. */
  static async open(request: TargetRequest): Promise<Target> {
    return new Target(await Session.open(request));
  }

  private constructor(session: Session) {
    this.#session = session;
    const { reader, config } = session.parts;
    this.#loop = new RunLoop(
      {
        poll: () => session.spans?.pump(),
        urgent: () => reader.urgent(),
        drain: () => this.#drain(),
        due: () => session.due(),
        beat: () => this.#beat(),
        fast: () => reader.isReuseDue(),
      },
      config.uploadInterval,
    );
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  /** Directory of the capture, null without one. */
  get captureDir(): string | null {
    return this.#session.parts.capture?.dir ?? null;
  }

  /** As the process says it itself, redacted. */
  get command(): string {
    return this.#session.parts.topology.facts.get("command") ?? "";
  }

  get log(): Log {
    return this.#session.parts.log;
  }

  /** Samples that reached us and no server, by reason. */
  get losses(): Record<string, number> {
    return this.#session.losses.snapshot();
  }

  start(): void {
    const { parts } = this.#session;
    // Before the first poll: it may see the end already, and what is open then is closed.
    this.#endpoint = openEndpoint(parts, () => this.#session.agent);
    this.#endSelfProfile = parts.request.services.selfProfile.start(parts.config, parts.log);
    this.#loop.start();
    void parts.request.native.waitForExit(parts.pid, parts.request.segment.startTicks).then(() => this.#end());
  }

  /** Delivers what there is now. */
  flush(): Promise<void> {
    this.#loop.restartInterval();
    return this.#session.flush();
  }

  /** The target is gone, or we leave on purpose: the last window, then nothing more. */
  leave(): Promise<void> {
    if (!this.ending) this.#session.parts.reader.detach();
    this.#end();
    return this.done;
  }

  /** False: there is more. */
  #drain(): boolean {
    const { drained, state } = this.#session.take({ cells: false });
    const { targetState, flushAsked } = state;
    if (flushAsked === this.#answered) return drained;
    // A target that ends and asks may take us along (PID 1 of a container): everything must be done before we answer.
    if (targetState === "running") this.#answerFlush(flushAsked);
    else this.#end();
    return drained;
  }

  #answerFlush(asked: number): void {
    this.#answered = asked;
    void this.flush().then(() => this.#session.parts.reader.flushed(asked));
  }

  /** Says that we live, and looks whether the target does. */
  #beat(): void {
    const { reader, request, presence } = this.#session.parts;
    reader.heartbeat(Number(request.segment.shiftNs));
    if (presence.gone()) this.#end(performance.now() - this.#present);
    else this.#session.beat();
    this.#present = performance.now();
  }

  #end(lateMs = this.#session.parts.request.late ?? 0): void {
    if (this.ending) return;
    this.ending = true;
    this.#loop.stop();
    this.#session.parts.request.ending?.(lateMs);
    const opened = { endpoint: this.#endpoint, endSelfProfile: this.#endSelfProfile };
    void shutDown(this.#session, opened, lateMs).then(this.#resolveDone);
  }
}
