// Which servers get profiles and metrics of one target, and what do the metrics say of the agent?
// SPDX-License-Identifier: MPL-2.0

import type { Credentials } from "../../delivery/transport.js";
import { lossOf } from "../../errors.js";
import { signalSettings } from "../../output/otlp/settings.js";
import { PyroscopeOutput } from "../../output/pyroscope/profiles.js";
import { MetricsSink } from "./metrics-sink.js";
import type { SelfFigures, Sink, SinksRequest } from "./sink.js";

/** Of the time for the shutdown; a hanging server takes a second more, until its requests have ended. */
const SERVER_SHARE = 0.5;

export interface Servers {
  /** The last windows first, for which somebody waits; then profiles, so that the last metrics can say what became of the last of them. */
  sinks: Sink[];
  /** Each sample is acknowledged once the server has it. */
  takesProfiles: boolean;
  self: SelfFigures;
}

export async function openServers(request: SinksRequest): Promise<Servers> {
  const { config } = request.parts;
  const metrics = signalSettings(config, "metrics");
  const server = config.serverUrl === "" ? null : openServer(request);
  const self = () => selfFigures(request, server);
  const sinks: Sink[] = server === null ? [] : [profileSink(request, server)];
  if (config.windowsUrl !== "")
    sinks.unshift(await (await import("./pipeline-windows.js")).openPipelineWindows(request));
  if (metrics !== null) sinks.push(new MetricsSink(request, metrics, self));
  return { sinks, takesProfiles: server !== null, self };
}

function profileSink({ parts, path }: SinksRequest, server: PyroscopeOutput): Sink {
  const how = { paths: false, leaveUnnamed: parts.config.symbols === "server" };
  return {
    send: async (slice) => {
      for (const { bytes, timeNanos, uniqueSamples: samples, kind } of path.encode(slice, how))
        await server.send({ bytes, timeNanos, samples }, kind === "wall" ? "wall" : "process_cpu");
    },
    flush: (ms) => server.flush(ms),
    close: (ms) => server.close(ms * SERVER_SHARE),
  };
}

function openServer({ parts, losses, acknowledge }: SinksRequest): PyroscopeOutput {
  const { config, log } = parts;
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
    servers: parts.servers,
    acknowledged: (samples, dropped) => {
      if (dropped !== null) losses.lost(lossOf(dropped), samples);
      if (parts.capture === null) acknowledge(samples);
    },
  });
}

function selfFigures({ path, losses }: SinksRequest, server: PyroscopeOutput | null): ReturnType<SelfFigures> {
  const { user, system } = process.cpuUsage();
  const { threads, overflowed } = path.figures;
  const stats = server?.stats();
  return {
    // What the agent counts of itself begins with it: another one begins again.
    startUnixNs: BigInt(Math.round(performance.timeOrigin * 1e6)),
    cpuNs: (user + system) * 1000,
    rssBytes: process.memoryUsage.rss(),
    overflowed,
    threads,
    queueBytes: stats?.queueBytes ?? 0,
    profiles: stats?.profiles ?? {},
    dropped: losses.ofSamples(),
    spans: { sent: losses.spansSent, ...losses.ofSpans() },
  };
}
