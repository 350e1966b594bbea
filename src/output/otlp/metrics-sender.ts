// How does one export of metrics get to a collector? By OpenTelemetry's own exporter over gRPC; else packed here, and sent as spans are.
// SPDX-License-Identifier: MPL-2.0

import { type CoreOf, MetricsPacker } from "./metrics-packer.js";
import { openSdkSender, sdkCanSend } from "./sdk-sender.js";
import { openSender } from "./sender.js";
import type { MetricsSender, Sender, SenderOptions } from "./sending.js";

export interface MetricsSenderOptions extends SenderOptions {
  /** Who sends over gRPC. */
  implementation: "sdk" | "own";
  /** Of one try, at most. */
  timeoutMs: number;
  /** By what points are known that differ in nothing but their end. */
  coreOf?: CoreOf;
}

/** Throws ERR_SERVER_URL. */
export function openMetricsSender(options: MetricsSenderOptions): MetricsSender {
  if (options.protocol === "grpc" && options.implementation === "sdk" && sdkCanSend(options.endpoint))
    return openSdkSender(options);
  return packedSender(openSender(options), options.coreOf);
}

/** An export is packed once for all of its tries. */
export function packedSender(sender: Sender, coreOf: CoreOf = () => undefined): MetricsSender {
  const packer = new MetricsPacker(coreOf);
  return {
    prepare(metrics) {
      const body = packer.pack(metrics);
      return (timeoutMs, signal) => sender.send(body, timeoutMs, signal);
    },
    renew: (unless) => sender.renew(unless),
    close: () => sender.close(),
  };
}
