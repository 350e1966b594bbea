// How does the service's thread ask a thread with SQLite, and what if that thread ends?
// SPDX-License-Identifier: MPL-2.0
import { Worker } from "node:worker_threads";
import { StoreFull, StoreUnusable } from "../errors.js";
import type { Answer, Call, ErrorKind, ThreadData } from "./protocol.js";

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const errors: Record<ErrorKind, (message: string) => Error> = {
  full: () => new StoreFull("The disk of the data directory is full; nothing of this was stored."),
  unusable: (message) => new StoreUnusable(message),
  other: (message) => new Error(message),
};

type Fn = (...args: never[]) => unknown;

export class Thread<Calls extends { [Name in keyof Calls]: Fn }> {
  #worker: Worker;
  #pending = new Map<number, Pending>();
  #next = 0;
  #ended: Error | null = null;

  constructor(worker: URL, data: ThreadData) {
    const name = `session store, ${data.role}`;
    this.#worker = new Worker(worker, { name, workerData: data });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () =>
      this.#end(new Error(`The thread of the ${name} has ended; start the service again.`)),
    );
  }

  call<Name extends keyof Calls & string>(
    name: Name,
    ...args: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    return this.#send(name, args) as Promise<Awaited<ReturnType<Calls[Name]>>>;
  }

  /** Closes its file first. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#send("close", []);
    await this.terminate();
  }

  /** What was asked and is not answered is rejected with the reason. */
  async terminate(reason = "The store is closed."): Promise<void> {
    this.#end(new Error(reason));
    await this.#worker.terminate();
  }

  #send(name: string, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#next++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, args } satisfies Call);
    });
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("kind" in answer) pending?.reject(errors[answer.kind](answer.message));
    else pending?.resolve(answer.value);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
