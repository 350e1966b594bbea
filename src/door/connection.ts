// Who is behind a control socket? A connection to a living agent, or the knowledge that nobody listens any more.
// SPDX-License-Identifier: MPL-2.0

import { connect, type Socket } from "node:net";
import type { DoorFolder } from "./folder.js";

/** Rejects with the system's error: ECONNREFUSED where the agent behind it has ended. */
export function connectDoor(folder: DoorFolder, name: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: folder.at(name) });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** A process that ends without cleaning up leaves its socket behind, and the system refuses connections to it. */
export async function isStale(folder: DoorFolder, name: string): Promise<boolean> {
  try {
    const socket = await connectDoor(folder, name);
    socket.on("error", () => undefined).destroy();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  }
}
