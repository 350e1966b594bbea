// What is the body of a request, when it is no longer than allowed? What comes beyond is not kept.
// SPDX-License-Identifier: MPL-2.0
import type { IncomingMessage, ServerResponse } from "node:http";

/** "aborted": the client left before its end. */
export function readBody(incoming: IncomingMessage, most: number): Promise<Buffer | "too_large" | "aborted"> {
  if (Number(incoming.headers["content-length"] ?? 0) > most) return Promise.resolve("too_large");
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const done = (result: Buffer | "too_large" | "aborted"): void => {
      incoming.off("data", take).off("end", end).off("close", leave).off("error", leave);
      resolve(result);
    };
    const take = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes <= most) pieces.push(piece);
      else {
        incoming.pause();
        done("too_large");
      }
    };
    const end = (): void => done(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces));
    const leave = (): void => done("aborted");
    incoming.on("data", take).on("end", end).on("close", leave).on("error", leave);
  });
}

/** So much of a refused body is thrown away, so that its sender comes to read the answer. */
const LEFT_BYTES = 1024 * 1024;
const LEFT_MS = 500;

/** Called with an answer to a request that was not read to its end: a client that goes on sending is cut. */
export function endUnread(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const cut = (): void => {
    if (outgoing.writableFinished) incoming.socket.destroy();
    else outgoing.once("finish", () => incoming.socket.destroy());
  };
  const timer = setTimeout(cut, LEFT_MS).unref();
  let left = LEFT_BYTES;
  incoming.on("data", (piece: Buffer) => {
    left -= piece.length;
    if (left >= 0) return;
    incoming.pause();
    cut();
  });
  incoming.once("close", () => clearTimeout(timer)).once("end", () => clearTimeout(timer));
  incoming.resume();
}
