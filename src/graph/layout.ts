// Where does each element of a pipeline's graph stand? Asked of a worker thread, which is ended when it takes too long or has nothing to do.
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { layoutWorkerFile } from "../installation.js";
import { addressSpaceProblem } from "./address-space.js";
import type { Answer } from "./layout-worker.js";
import type { GraphShape } from "./shape.js";

export type { Answer } from "./layout-worker.js";

/** Three hundred elements take half a second of a calm machine. */
const LIMIT_MS = 20_000;
/** A page that is looked at asks again when the pipeline changes. */
const IDLE_MS = 5000;
const MOST_KNOWN = 64;
/** Graphviz itself takes 40 MB, outside of what this limits. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 256 };

/** Two graphs of one key have the same layout. */
export const layoutKey = (shape: GraphShape): string =>
  createHash("sha256").update(JSON.stringify(shape)).digest("base64url").slice(0, 22);

/** Remembers layouts by their key, and asks for one at a time. */
export class Layouts {
  /** A thread that takes longer for one layout is ended. */
  readonly limitMs: number;
  readonly #file: string;
  readonly #idleMs: number;
  readonly #known = new Map<string, Promise<Answer>>();
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;

  constructor({ file = layoutWorkerFile, limitMs = LIMIT_MS, idleMs = IDLE_MS } = {}) {
    this.#file = file;
    this.limitMs = limitMs;
    this.#idleMs = idleMs;
  }

  /** Is there a thread? */
  get running(): boolean {
    return this.#worker !== null;
  }

  /** Never rejects: why there is none is a part of a sentence. */
  of(shape: GraphShape): Promise<Answer> {
    const key = layoutKey(shape);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const asked = this.#last.then(() => this.#ask(shape));
    this.#last = asked;
    this.#known.set(key, asked);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(oldest);
    }
    return asked;
  }

  /** Ends the thread; a later question begins another one. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #ask(shape: GraphShape): Promise<Answer> {
    clearTimeout(this.#idle);
    try {
      this.#worker ??= this.#start();
      const answer = await this.#answer(this.#worker, shape);
      this.#rest(this.#worker);
      return answer;
    } catch (error) {
      await this.close();
      return { problem: (error as Error).message };
    }
  }

  #start(): Worker {
    const problem = addressSpaceProblem();
    if (problem !== "") throw new Error(problem);
    // What Graphviz says to a console is said in its answer as well.
    const silent = { stdout: true, stderr: true, env: {}, execArgv: [] };
    const worker = new Worker(this.#file, { resourceLimits: WORKER_LIMITS, ...silent });
    worker.unref();
    worker.on("error", () => undefined); // while nothing is asked
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = null;
    });
    return worker;
  }

  /** The process lives on while it waits for the answer, and for nothing else. */
  #answer(worker: Worker, shape: GraphShape): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const late = `it took longer than ${this.limitMs / 1000} s`;
      const timer = setTimeout(() => over(() => reject(new Error(late))), this.limitMs);
      const answered = (answer: Answer): void => over(() => resolve(answer));
      const failed = (error: Error): void => over(() => reject(error));
      const ended = (): void => over(() => reject(new Error("its thread ended")));
      const over = (settle: () => void): void => {
        clearTimeout(timer);
        worker.off("message", answered).off("error", failed).off("exit", ended);
        settle();
      };
      worker.on("message", answered).on("error", failed).on("exit", ended);
      worker.postMessage(shape);
    });
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref();
  }
}
