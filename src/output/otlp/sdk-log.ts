// What does OpenTelemetry's SDK say? Its warnings once each, the rest for debugging; of an answer the exporter says here what it tells nobody else.
// SPDX-License-Identifier: MPL-2.0

import { type DiagLogger, DiagLogLevel, diag } from "@opentelemetry/api";
import type { Log } from "../../log.js";
import { attempt } from "../../model/attempt.js";

/** Said of the answer that comes next: the exporter says it, and then at once how the export ended. */
export interface Heard {
  /** Data points that were not taken. */
  rejected?: number;
  /** What is no answer of a collector. */
  response?: Uint8Array;
}

const MAX_WARNINGS = 20;
const PARTIAL = "Received Partial Success response:";
const STRANGE = /could not deserialize response/;
let heard: Heard = {};

/** Of the export whose result has just come. */
export function heardOfAnswer(): Heard {
  const last = heard;
  heard = {};
  return last;
}

/** The SDK says the same at every failure, with a stack: that is for debugging. Its warnings are said once each. */
export function quietSdk(log: Log): void {
  const said = new Set<string>();
  const text = (message: string, args: unknown[]) => [message, ...args.map(String)].join(" ");
  const once = (message: string, args: unknown[]) => {
    if (said.has(message) || said.size >= MAX_WARNINGS) return;
    said.add(message);
    log.warn("OpenTelemetry SDK", { message: text(message, args) });
  };
  const debug = (message: string, ...args: unknown[]) =>
    log.debug("OpenTelemetry SDK", { message: text(message, args) });
  const logger: DiagLogger = {
    error: (message, ...args) =>
      message.includes("collection errors") ? once(message, args) : debug(message, ...args),
    warn: (message, ...args) => {
      if (!isOfAnswer(message, args)) once(message, args);
    },
    info: debug,
    debug: () => {},
    verbose: () => {},
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
}

function isOfAnswer(message: string, args: readonly unknown[]): boolean {
  const words = [message, ...args];
  if (words.some((word) => typeof word === "string" && STRANGE.test(word))) {
    const response = args.find((arg) => arg instanceof Uint8Array);
    heard = response === undefined ? {} : { response };
    return true;
  }
  if (message !== PARTIAL) return false;
  const { rejectedDataPoints } = attempt(() => JSON.parse(String(args[0])), {}) as { rejectedDataPoints?: number };
  heard = { rejected: Number.isSafeInteger(rejectedDataPoints) ? (rejectedDataPoints ?? 0) : 0 };
  return true;
}
