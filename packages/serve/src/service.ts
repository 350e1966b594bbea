// What is the session service made of, and in which order does it begin and end?
// SPDX-License-Identifier: MPL-2.0

import { type AppParts, serviceApp } from "./http/app.js";
import { isLoopback } from "./http/host-name.js";
import { Hub } from "./http/hub.js";
import { originApp } from "./http/origin-routes.js";
import { PageKey, pageSecret } from "./http/page-key.js";
import { listen } from "./http/server.js";
import { spansFrom } from "./http/spans.js";
import { Limiter } from "./ingest/limiter.js";
import { Tokens } from "./ingest/tokens.js";
import { type Settings, UsageError } from "./options.js";
import { Origin } from "./origin/origin.js";
import { parentLab } from "./origin/parent-lab.js";
import type { Clock } from "./sessions/clock.js";
import { startSweeper } from "./sessions/sweeper.js";
import { startStalling } from "./stalling.js";
import type { SessionStore } from "./store/port.js";
import type { Log } from "./telemetry/log.js";
import { Metrics } from "./telemetry/metrics.js";

export interface ServiceRequest {
  settings: Settings;
  store: SessionStore;
  clock: Clock;
  log: Log;
  uiFolder: string;
  version: string;
  environment: Record<string, string | undefined>;
}

export interface Service {
  /** Where it listens: http://127.0.0.1:8080 */
  url: string;
  /** Of the dashboard, with what lets a browser read. */
  entry: string;
  close(): Promise<void>;
}

/** Tokens that another process added are known after this. */
const TOKENS_MS = 2000;

export async function startService(request: ServiceRequest): Promise<Service> {
  const { settings, store, clock, log } = request;
  refuseOpenDoors(settings);
  const tokens = new Tokens({ store, lab: settings.lab, allowOrigins: settings.allowOrigins });
  await tokens.refresh();
  let port = settings.port;
  const pages = new PageKey(pageSecret(settings.store === "memory" ? null : settings.dataDir), () => port);
  const metrics: Metrics = new Metrics({
    activeSessions: async () => (await store.stats()).sessions.active,
    subscribers: () => hub.size,
  });
  const hub = new Hub((frames) => metrics.add("mtrace_stream_frames_lost_total", frames));
  const files = settings.origin === "" ? null : new Origin(settings.origin);
  const stalling = await startStalling({ settings, store, clock, log, metrics, hub, tokens, origin: files });
  const { stalls, observe } = stalling;
  const spans = spansFrom(request.environment, request.version, log);
  const app = serviceApp({
    ...{ settings, store, tokens, metrics, hub, pages, log, uiFolder: request.uiFolder, version: request.version },
    limiter: new Limiter(settings.limits),
    publish: (events) => hub.publish(events),
    ...{ observe, stalls, pyroscope: settings.pyroscope },
    now: clock.now,
    startedMs: clock.now(),
    spans: spans !== null,
    spanSink: spans,
    origin: originOf(settings, files),
  });
  const listening = await listen(app, settings);
  port = listening.port;
  const stops = [
    ...stalling.stops,
    startSweeper({ store, clock, retention: settings.retention, log }),
    clock.every(TOKENS_MS, () =>
      tokens
        .refresh()
        .then(() => hub.review())
        .catch((error) => log.warn("tokens were not read", { problem: error.message })),
    ),
  ];
  const url = `http://${settings.address.includes(":") ? `[${settings.address}]` : settings.address}:${port}`;
  return {
    url,
    entry: `${url}/?key=${pages.entry}`,
    close: () => end({ stops, hub, listening, store, spans, stalls }),
  };
}

function originOf({ origin: folder, lab }: Settings, files: Origin | null): AppParts["origin"] {
  return files === null ? null : (cmcd) => originApp({ folder, files, lab: lab ? parentLab() : null, cmcd });
}

interface Parts {
  stops: (() => void)[];
  hub: Hub;
  listening: { close(): Promise<void> };
  store: SessionStore;
  spans: { close(): Promise<void> } | null;
  stalls: { settled(): Promise<void> };
}

/** New connections are refused, what was accepted is answered, then the store commits and closes. */
async function end({ stops, hub, listening, store, spans, stalls }: Parts): Promise<void> {
  for (const stop of stops) stop();
  const quiet = listening.close();
  hub.close();
  await quiet;
  await stalls.settled();
  await Promise.all([store.close(), spans?.close()]);
}

function refuseOpenDoors({ address, allowOrigins, lab }: Settings): void {
  if (isLoopback(address)) return;
  if (lab)
    throw new UsageError(
      `address=${address} with --lab would let everybody in with demo-token: leave one of them out, and add tokens with token add`,
    );
  if (allowOrigins.length === 0)
    throw new UsageError(`address=${address} lets other machines in: say with --allow-origin whose pages may send`);
}
