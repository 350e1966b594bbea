// What does the service need, beside its routes, to answer for stalls: the judge, timers, and who is told?
// SPDX-License-Identifier: MPL-2.0
import { nominalOf } from "./answer/baseline.js";
import { judge } from "./answer/judge.js";
import type { Hub } from "./http/hub.js";
import type { Receiving } from "./ingest/receive.js";
import type { Tokens } from "./ingest/tokens.js";
import type { Settings } from "./options.js";
import type { Origin } from "./origin/origin.js";
import type { Clock } from "./sessions/clock.js";
import { PUMP_MS, Stalls, TIDY_MS } from "./stalls/stalls.js";
import type { SessionStore } from "./store/port.js";
import type { Log } from "./telemetry/log.js";
import type { Metrics } from "./telemetry/metrics.js";

export interface StallingParts {
  settings: Pick<Settings, "pyroscope" | "grafana" | "datasource">;
  /** The service's own; null: it hands out no files. */
  origin: Pick<Origin, "segmentWasReady"> | null;
  store: SessionStore;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  hub: Hub;
  tokens: Tokens;
}

export interface Stalling {
  stalls: Stalls;
  observe: NonNullable<Receiving["observe"]>;
  stops: (() => void)[];
}

/** Paths that `stream map` of another process set are known after this. */
const PATHS_MS = 2000;

export async function startStalling({
  settings,
  clock,
  hub,
  tokens,
  origin,
  ...parts
}: StallingParts): Promise<Stalling> {
  const { log } = parts;
  const stalls = new Stalls({
    ...{ ...parts, judge, nominalOf, now: clock.now, servers: settings, ownOrigin: origin !== null },
    ...(origin === null ? {} : { segmentWasReady: (...asked) => origin.segmentWasReady(...asked) }),
    announce: (project, view) => hub.announce(project, "stall_attributed", view),
    projects: () => tokens.projectIds,
  });
  await stalls.resume();
  const failed = (error: Error): void =>
    log.warn("stalls are not judged as they should be", { problem: error.message });
  return {
    stalls,
    observe: (batch, appended) => quiet(() => stalls.observe(batch, appended), failed),
    stops: [
      clock.every(PUMP_MS, () => quiet(() => stalls.pump(), failed)),
      clock.every(TIDY_MS, () => quiet(() => stalls.tidy(), failed)),
      clock.every(PATHS_MS, () => void stalls.streams.refresh(tokens.projectIds).catch(failed)),
    ],
  };
}

/** What was stored is stored, whatever goes wrong behind it. */
function quiet(work: () => void, failed: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    failed(error as Error);
  }
}
