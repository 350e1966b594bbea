// Does a client read what it asked for? One that takes nothing is cut, however long an answer may last that is read.
// SPDX-License-Identifier: MPL-2.0

import type { ServerResponse } from "node:http";

/**
 * Closes the connection of `answer` once bytes waited for its client and none of them were taken between two looks, `patienceMs`
 * apart. An answer that nothing waits of, such as a stream of events between two of them, may last for ever.
 */
export function cutWhenStalled(answer: ServerResponse, patienceMs: number): void {
  const { socket } = answer;
  if (socket === null) return;
  let taken = -1;
  const look = setInterval(() => {
    const waiting = socket.writableLength;
    const before = taken;
    taken = socket.bytesWritten - waiting;
    if (waiting > 0 && taken === before) socket.destroy();
  }, patienceMs).unref();
  answer.once("close", () => clearInterval(look));
}
