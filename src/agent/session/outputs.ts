// Where do profiles and metrics go besides the capture, and what was lost on the way?
// SPDX-License-Identifier: MPL-2.0

import type { Credentials } from "../../delivery/transport.js";
import { lossOf } from "../../errors.js";
import type { AgentSelf } from "../../metrics/catalog.js";
import type { CellSnapshot } from "../../model/batch.js";
import { signalSettings } from "../../output/otlp/settings.js";
import { PyroscopeOutput } from "../../output/pyroscope/profiles.js";
import type { EncodedProfile } from "../../profile/pprof.js";
import type { OutputsRequest } from "./output-request.js";

export interface Outputs {
  readonly wantsProfiles: boolean;
  send(profiles: EncodedProfile[]): void;
  /** Cells as they were last, before they were given to others. */
  gone(cells: readonly CellSnapshot[]): void;
  /** Something was lost before it came here. */
  lost(reason: string, n: number): void;
  /** Spans that a collector has. */
  sentSpans(n: number): void;
  losses(): Record<string, number>;
  /** What the metrics say of the agent, wherever they go. */
  self(): AgentSelf | undefined;
  flush(ms: number): Promise<void>;
  close(ms: number): Promise<void>;
}

/** Before anything is open, and for good under `run` without a server. */
export const noOutputs: Outputs = {
  wantsProfiles: false,
  send: () => {},
  gone: () => {},
  lost: () => {},
  sentSpans: () => {},
  losses: () => ({}),
  self: () => undefined,
  flush: async () => {},
  close: async () => {},
};

/** Of the time for the last words; a hanging server takes a second more, until its requests have ended. */
const SERVER_SHARE = 0.5;

/** The OpenTelemetry SDK costs 15 MB: it is loaded only when metrics are wanted. */
export async function openOutputs(request: OutputsRequest): Promise<Outputs> {
  const { config } = request;
  const metrics = signalSettings(config, "metrics");
  const losses = new Losses();
  const server = config.serverUrl === "" ? null : openServer(request, losses);
  const self = () => agentSelf(request, server, losses);
  const metered = metrics ? (await import("../collector.js")).openCollector(request, metrics, self) : null;
  const collector = metered?.output ?? null;
  const both = [server, collector].filter((output) => output !== null);
  const close = async (ms: number) => {
    const end = performance.now() + ms;
    // First, so that the last metrics can say what became of the last profiles.
    await server?.close(ms * SERVER_SHARE);
    await collector?.close(Math.max(0, end - performance.now()));
  };
  return {
    wantsProfiles: server !== null,
    send: (profiles) => {
      for (const { own, ...profile } of profiles)
        server?.send({ ...profile, samples: own }, profile.kind === "wall" ? "wall" : "process_cpu");
    },
    gone: (cells) => metered?.gone(cells),
    lost: (reason, n) => losses.add(reason, n),
    sentSpans: (n) => losses.sent(n),
    losses: () => losses.all(),
    self,
    flush: async (ms) => void (await Promise.all(both.map((output) => output.flush(ms)))),
    close,
  };
}

/** Reasons of spans begin with it; all others are those of samples. */
const OF_SPANS = "span_";

class Losses {
  readonly #counts: Record<string, number> = {};
  #spansSent = 0;

  sent(spans: number): void {
    this.#spansSent += spans;
  }

  /** By what became of them. */
  spans(): Record<string, number> {
    return { sent: this.#spansSent, ...this.#some((reason) => reason.startsWith(OF_SPANS)) };
  }

  samples(): Record<string, number> {
    return this.#some((reason) => !reason.startsWith(OF_SPANS));
  }

  #some(wanted: (reason: string) => boolean): Record<string, number> {
    return Object.fromEntries(Object.entries(this.#counts).filter(([reason]) => wanted(reason)));
  }

  add(reason: string, n: number): void {
    if (n > 0) this.#counts[reason] = (this.#counts[reason] ?? 0) + n;
  }

  all(): Record<string, number> {
    return { ...this.#counts };
  }
}

function openServer(request: OutputsRequest, losses: Losses): PyroscopeOutput {
  const { config, log, settled } = request;
  const credentials: Credentials = {
    headers: config.httpHeaders,
    ...(config.basicAuthUser !== "" && { user: config.basicAuthUser, password: config.basicAuthPassword }),
    ...(config.authToken !== "" && { token: config.authToken }),
    ...(config.tenantId !== "" && { tenant: config.tenantId }),
  };
  return new PyroscopeOutput({
    server: config.serverUrl,
    credentials,
    serviceName: config.tracerName,
    tags: Object.entries(config.tags),
    log,
    settled: (samples, dropped) => {
      if (dropped !== null) losses.add(lossOf(dropped), samples);
      settled(samples);
    },
  });
}

function agentSelf({ labels, threads }: OutputsRequest, server: PyroscopeOutput | null, losses: Losses): AgentSelf {
  const { user, system } = process.cpuUsage();
  const stats = server?.stats();
  return {
    // What the agent counts of itself begins with it: another one begins again.
    startUnixNs: BigInt(Math.round(performance.timeOrigin * 1e6)),
    cpuNs: (user + system) * 1000,
    rssBytes: process.memoryUsage.rss(),
    overflowed: labels.overflowed,
    threads,
    queueBytes: stats?.queueBytes ?? 0,
    profiles: stats?.profiles ?? {},
    dropped: losses.samples(),
    spans: losses.spans(),
  };
}
