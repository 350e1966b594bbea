// Who makes a fault happen in the pipeline? The lab that started this process, over the channel between the two.
// SPDX-License-Identifier: MPL-2.0
import type { Fault } from "./faults.js";

/** null: this process was not started by a lab. */
export function parentLab(): { send(fault: Fault): void } | null {
  if (process.send === undefined) return null;
  process.channel?.unref(); // it must not keep the service alive
  return { send: (fault) => void process.send?.({ fault }) };
}
