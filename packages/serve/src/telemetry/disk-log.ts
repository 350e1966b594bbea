// What does the log say of a disk that is full? One line when that begins and one when there is room again, however many batches are refused.
// SPDX-License-Identifier: MPL-2.0
import type { Log } from "./log.js";

/** Of which a line of the beginning was written. */
const full = new WeakSet<Log>();

export function diskIsFull(log: Log): void {
  if (full.has(log)) return;
  full.add(log);
  log.warn("the disk of the data directory is full: events are refused until there is room again, reading goes on");
}

export function diskHasRoom(log: Log): void {
  if (full.delete(log)) log.info("the disk of the data directory has room again: events are stored");
}
