// How do metrics go by OpenTelemetry's exporter for gRPC? Behind our tries: it is made anew after a failure, and what it keeps to
// itself (how long one try may take, being given up, a partial success) is dealt with here.
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import { credentials } from "@grpc/grpc-js";
import { pause } from "../../delivery/pause.js";
import { type Endpoint, endpointOf } from "../../delivery/transport.js";
import type { Answer } from "./answers.js";
import { type Channels, SharedChannel } from "./channels.js";
import type { SdkExporter } from "./sdk-exporter.js";
import { quietSdk } from "./sdk-log.js";
import { digestOf, metadataOf, secureBy } from "./sender.js";
import type { MetricsSender, SenderOptions, Try } from "./sending.js";

interface SdkSenderOptions extends SenderOptions {
  timeoutMs: number;
}

/** gRPC takes a proxy's password by the environment, and there a user without one is another one. */
export function sdkCanSend(endpoint: string): boolean {
  const { route } = endpointOf(endpoint, "");
  return route.kind === "direct" || (route.kind === "proxy" && !route.proxy.credentials.endsWith(":"));
}

/** Throws ERR_SERVER_URL. The packages of the exporter are loaded by the first try. */
export function openSdkSender(options: SdkSenderOptions): MetricsSender {
  const target = endpointOf(options.endpoint, "", { headers: options.headers });
  quietSdk(options.log); // of a partial success the exporter tells the log alone
  const channel = new LateChannel(() => openChannel(target, options));
  return {
    prepare: (metrics): Try => {
      return async (timeoutMs, signal) => {
        if (signal.aborted) return { status: 408, message: "given up before it began" };
        const connection = await channel.opened();
        if (connection instanceof Error) return { status: 400, message: connection.message };
        const begun = performance.now();
        const answer = await connection.use((exporter) => inTime(exporter.export(metrics), timeoutMs, signal));
        // What another one had delivered meanwhile, or connected to, is no part of this failure.
        const since = performance.now() - begun;
        if (isUnreached(answer)) connection.renew({ workedWithinMs: since, madeWithinMs: since });
        return answer;
      };
    },
    renew: (unless) => channel.renew(unless),
    close: () => channel.close(),
  };
}

/** Its channel would wait before it connects again, from a second after the first failure to two minutes; of one that is only slow nobody waits. */
const isUnreached = ({ status }: Answer): boolean => status === 502 || status === 503;

/** The exporter has one timeout for all calls and gives none up: such a call ends by itself, and nobody hears of it. */
async function inTime(exported: Promise<Answer>, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  const done = new AbortController();
  const late = pause(timeoutMs, signal, done.signal).then((): Answer => {
    if (signal.aborted) return { status: 408, message: "given up" };
    return { status: 504, message: `no answer within ${Math.round(timeoutMs)} ms` };
  });
  return Promise.race([exported, late]).finally(() => done.abort());
}

/** A connection that is there once its packages are loaded. */
class LateChannel {
  readonly #open: () => Promise<SharedChannel<SdkExporter>>;
  #opening: Promise<SharedChannel<SdkExporter> | Error> | undefined;
  #channel: SharedChannel<SdkExporter> | undefined;
  #closed = false;

  constructor(open: () => Promise<SharedChannel<SdkExporter>>) {
    this.#open = open;
  }

  opened(): Promise<SharedChannel<SdkExporter> | Error> {
    this.#opening ??= this.#open().then(
      (channel) => {
        this.#channel = channel;
        if (this.#closed) channel.close();
        return channel;
      },
      (error: Error) => new Error(`OpenTelemetry's exporter cannot be loaded: ${error.message}`),
    );
    return this.#opening;
  }

  renew(unless: Parameters<SharedChannel<SdkExporter>["renew"]>[0]): void {
    this.#channel?.renew(unless);
  }

  close(): void {
    if (!this.#closed) this.#channel?.close();
    this.#closed = true;
  }
}

/** Of all connections of this process that replaced one: gRPC would give them the old one's waiting, as long as all else is equal. */
let renewed = 0;

async function openChannel(target: Endpoint, options: SdkSenderOptions): Promise<SharedChannel<SdkExporter>> {
  const { SdkExporter } = await import("./sdk-exporter.js");
  const { userAgent, gzip = false, tls, log, timeoutMs, channels = new Map() as Channels } = options;
  const { url, route, headers } = target;
  const secure = url.startsWith("https:");
  // Made once: what is wrong with them is said once.
  const metadata = metadataOf(headers, log);
  const security = secure ? secureBy(tls, log) : credentials.createInsecure();
  const make = (generation: number) => {
    const agent = generation === 0 ? userAgent : `${userAgent} (${++renewed})`;
    return new SdkExporter({ target, gzip, timeoutMs, metadata, credentials: security, userAgent: agent });
  };
  const secrets = createHash("sha256").update(JSON.stringify(headers)).digest("hex");
  const key = ["sdk", url, route, gzip, userAgent, timeoutMs, secrets, secure ? digestOf(tls) : ""];
  return SharedChannel.open(channels, JSON.stringify(key), make);
}
