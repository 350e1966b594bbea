// How well does the lab's origin deliver at present? As fast as it can, slowly, with an error, or not at all.
// SPDX-License-Identifier: MPL-2.0
import type { Fault } from "./faults.js";
import type { Answer } from "./origin.js";
import { slowed } from "./slowed.js";

const bare = { status: 200, bytesPerSecond: 0, stopped: false };

export class Delivery {
  #now = bare;
  #programTime = true;

  /** Only what concerns the delivery; one fault takes another's place. */
  take(fault: Fault): void {
    if (fault.kind === "none") this.#now = bare;
    if (fault.kind === "rate") this.#now = { ...bare, bytesPerSecond: fault.bytesPerSecond };
    if (fault.kind === "status") this.#now = { ...bare, status: fault.status };
    if (fault.kind === "stop") this.#now = { ...bare, stopped: true };
    if (fault.kind === "program_time") this.#programTime = fault.on;
  }

  get addsProgramTime(): boolean {
    return this.#programTime;
  }

  /** The connection is to be closed without an answer. */
  get isStopped(): boolean {
    return this.#now.stopped;
  }

  respond({ status, type, body }: Answer): Response {
    const headers = { "Content-Type": type, "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*" };
    const { status: bad, bytesPerSecond } = this.#now;
    if (bad !== 200) return new Response("a fault of the lab\n", { status: bad, headers });
    const slow = status === 200 && bytesPerSecond > 0 && typeof body !== "string";
    return new Response(slow ? slowed(body, bytesPerSecond) : body, { status, headers });
  }
}
