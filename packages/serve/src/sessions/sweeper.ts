// When do sessions that went silent become stalled and ended, and when is what is old removed?
// SPDX-License-Identifier: MPL-2.0
import { StoreFull } from "../store/errors.js";
import type { Retention, SessionStore } from "../store/port.js";
import { diskIsFull } from "../telemetry/disk-log.js";
import type { Log } from "../telemetry/log.js";
import type { Clock } from "./clock.js";

export const SWEEP_MS = 10_000;
/** Retention is a matter of days. */
const RETAIN_EVERY_SWEEPS = 6;

export interface SweeperParts {
  store: Pick<SessionStore, "sweep" | "retain">;
  clock: Clock;
  retention: Retention;
  log: Log;
  /** Called after each round. */
  swept?: () => void;
}

/** Answers with what stops it. A round that lasts longer than its time is not overtaken by the next. */
export function startSweeper(parts: SweeperParts): () => void {
  let rounds = 0;
  let busy = false;
  return parts.clock.every(SWEEP_MS, async () => {
    if (busy) return;
    busy = true;
    try {
      await round(parts, rounds++ % RETAIN_EVERY_SWEEPS === 0);
    } catch (error) {
      notSwept(error as Error, parts.log);
    } finally {
      busy = false;
    }
  });
}

function notSwept(error: Error, log: Log): void {
  if (error instanceof StoreFull) diskIsFull(log);
  else log.warn("sessions were not swept; the next round tries again", { problem: error.message });
}

async function round({ store, clock, retention, log, swept }: SweeperParts, retain: boolean): Promise<void> {
  await store.sweep(clock.now());
  if (retain) {
    const removed = await store.retain(clock.now(), retention);
    if (removed.events + removed.sessions > 0) log.info("retention removed what was old", { ...removed });
  }
  swept?.();
}
