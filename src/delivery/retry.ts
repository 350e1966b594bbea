// When is a failed upload tried again, and when is it given up? Full jitter, the server's own wish, bounded tries and age.
// SPDX-License-Identifier: MPL-2.0

import pRetry from "p-retry";
import type { UploadCode } from "../errors.js";
import { type FailureKind, failureOf, outcomeTable } from "./outcomes.js";
import type { Reply } from "./transport.js";

export interface Backoff {
  firstMs: number;
  maxMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 1000, maxMs: 30_000 };

export interface RetryOptions {
  /** Milliseconds, as `now` counts them: after this servers refuse the data. */
  expiresAt: number;
  backoff: Backoff;
  /** Resolves after `ms` or earlier, when a flush begins; false: give up now. */
  wait: (ms: number) => Promise<boolean>;
  failed: (kind: FailureKind, reply: Reply) => void;
  /** Unix time where nothing is said: servers compare what the data says with it. */
  now?: () => number;
  random?: () => number;
}

/** What became of the data; null = delivered. */
export type Delivery = { code: UploadCode; kind: FailureKind; message: string } | null;

class Failed extends Error {
  readonly kind: FailureKind;
  readonly reply: Reply;

  constructor(kind: FailureKind, reply: Reply) {
    super(reply.message);
    this.kind = kind;
    this.reply = reply;
  }
}

/** `attempt` must not reject. */
export async function deliver(attempt: () => Promise<Reply>, options: RetryOptions): Promise<Delivery> {
  const { now = Date.now, random = Math.random } = options;
  let code: UploadCode | undefined;
  try {
    const once = async () => {
      const reply = await attempt();
      const kind = failureOf(reply);
      if (kind === null) return;
      options.failed(kind, reply);
      throw new Failed(kind, reply);
    };
    const shouldRetry = async ({ error, attemptNumber }: { error: Error; attemptNumber: number }) => {
      if (!(error instanceof Failed) || attemptNumber >= outcomeTable[error.kind].attempts) return false;
      const ms = Math.max(delayMs(attemptNumber, options.backoff, random), error.reply.retryAfterMs ?? 0);
      if (now() + ms > options.expiresAt) code = "ERR_UPLOAD_EXPIRED";
      else if (!(await options.wait(ms))) code = "ERR_UPLOAD_ENDED";
      return code === undefined;
    };
    await pRetry(once, { retries: Number.POSITIVE_INFINITY, minTimeout: 0, shouldRetry });
    return null;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { code: code ?? outcomeTable[error.kind].code, kind: error.kind, message: error.message };
  }
}

/** Full jitter: anything between nothing and a bound that doubles. */
export function delayMs(attempt: number, { firstMs, maxMs }: Backoff, random: () => number): number {
  return random() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
}
