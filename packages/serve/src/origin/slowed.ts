// How does a delivery look that carries so many bytes per second and no more?
// SPDX-License-Identifier: MPL-2.0
import { setTimeout as pause } from "node:timers/promises";

const STEP_MS = 50;

/** Stops when the reader has gone. */
export function slowed(
  bytes: Uint8Array<ArrayBuffer>,
  bytesPerSecond: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const step = Math.max(1, Math.round((bytesPerSecond * STEP_MS) / 1000));
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(sent, sent + step));
      sent += step;
      await pause(STEP_MS);
    },
  });
}
