// Which connection goes when there are too many? The oldest idle one: one that is being answered stays.
// SPDX-License-Identifier: MPL-2.0

import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { Connections } from "../../../src/server/connections.js";

class FakeSocket extends EventEmitter {
  writableEnded = false;
  constructor(
    readonly remoteAddress: string,
    readonly gone: string[],
    readonly name: string,
  ) {
    super();
  }
  destroy(): void {
    this.gone.push(this.name);
    this.emit("close");
  }
  destroySoon(): void {
    this.writableEnded = true;
  }
}

function several(limits: { most: number; mostOfPeer: number }) {
  const gone: string[] = [];
  const connections = new Connections(limits);
  const admit = (name: string, from = "a"): Socket => {
    const socket = new FakeSocket(from, gone, name) as unknown as Socket;
    connections.admit(socket);
    return socket;
  };
  const answer = () => new EventEmitter() as unknown as ServerResponse;
  return { connections, gone, admit, answer };
}

it("the oldest idle one goes, those that are answered stay, and where all are the oldest of them goes", () => {
  const { connections, gone, admit, answer } = several({ most: 2, mostOfPeer: 2 });
  connections.begin(admit("busy"), answer());
  admit("idle");
  const last = admit("next");
  expect(gone).toEqual(["idle"]);
  connections.begin(last, answer());
  admit("one more");
  expect(gone).toEqual(["idle", "one more"]);
  expect(connections.size).toBe(2);
});

it("one peer takes no more than its share, and others keep theirs", () => {
  const { connections, gone, admit } = several({ most: 10, mostOfPeer: 2 });
  admit("theirs", "b");
  for (const name of ["1", "2", "3", "4"]) admit(name, "a");
  expect(gone).toEqual(["1", "2"]);
  expect(connections.size).toBe(3);
});

it("a second request before the answer to the first is not taken, one after it is", () => {
  const { connections, admit, answer } = several({ most: 2, mostOfPeer: 2 });
  const socket = admit("one");
  const first = answer();
  expect(connections.begin(socket, first)).toBe(true);
  first.emit("close");
  expect(connections.begin(socket, answer())).toBe(true);
  expect(connections.begin(socket, answer())).toBe(false);
  expect(socket.writableEnded).toBe(true);
});
