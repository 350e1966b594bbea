// Who makes a fault happen in the pipeline? The lab that started this process, over the channel between the two.
// SPDX-License-Identifier: MPL-2.0
import { type Fault, hostLine } from "./faults.js";

/** Why a fault was not made: the pipeline has no such place, or nobody made it. */
export interface FaultProblem {
  status: 404 | 503;
  reason: string;
}

export interface Lab {
  /** null: the fault is made. */
  send(fault: Fault): Promise<FaultProblem | null>;
}

/** Longer than the lab itself waits for its pipeline. */
const ANSWER_MS = 8000;

interface Answer {
  id: number;
  problem: FaultProblem | null;
}

/** null: this process was not started by a lab. */
export function parentLab(): Lab | null {
  if (process.send === undefined) return null;
  const waiting = new Map<number, (problem: FaultProblem | null) => void>();
  process.on("message", (message) => {
    const { id, problem } = message as Answer;
    waiting.get(id)?.(problem);
  });
  process.channel?.unref(); // it must not keep the service alive
  let last = 0;
  const send = (fault: Fault) =>
    new Promise<FaultProblem | null>((resolve) => {
      last += 1;
      const id = last;
      const settle = (problem: FaultProblem | null) => {
        clearTimeout(late);
        waiting.delete(id);
        resolve(problem);
      };
      const late = setTimeout(() => settle(unanswered), ANSWER_MS);
      waiting.set(id, settle);
      process.send?.({ id, fault, line: hostLine(fault) }, (error: Error | null) => error && settle(unanswered));
    });
  return { send };
}

const unanswered: FaultProblem = { status: 503, reason: "the lab does not answer: start it again with npm run lab" };

/** Calls back when the lab has ended, however it did; without it nobody could end this service. */
export function whenLabEnds(ended: () => void): void {
  if (process.send === undefined) return;
  // Its ends of the pipes are closed as well: what is still written must not end the service before its store is closed.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.once("disconnect", ended);
  process.channel?.unref();
  if (!process.connected) ended();
}
