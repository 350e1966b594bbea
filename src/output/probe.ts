// Does anything listen at the address of a server? For doctor only: sends nothing.
// SPDX-License-Identifier: MPL-2.0

import { connect } from "node:net";

export interface Reach {
  reached: boolean;
  detail: string;
}

/** Opens and closes a TCP connection within `deadlineMs`. */
export function probeServer(url: string, deadlineMs = 2000): Promise<Reach> {
  const { protocol, hostname, port } = new URL(url);
  const number = Number(port || (protocol === "https:" ? 443 : 80));
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: number, timeout: deadlineMs });
    const end = (reached: boolean, detail: string) => {
      socket.destroy();
      resolve({ reached, detail });
    };
    socket.once("connect", () => end(true, "accepts connections"));
    socket.once("timeout", () => end(false, `no answer within ${deadlineMs} ms`));
    socket.once("error", (error: NodeJS.ErrnoException) => end(false, error.code ?? error.message));
  });
}
