// How does a test open a control socket of its own process, and speak to it past our own client?
// SPDX-License-Identifier: MPL-2.0

import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { Hono } from "hono";
import { afterEach } from "vitest";
import { Door, type DoorRequest } from "../../src/door/door.js";
import { createLog } from "../../src/log.js";
import { scratch } from "./scratch.js";

const open: Door[] = [];
afterEach(() => {
  for (const door of open.splice(0)) door.close();
});

/** In a folder of its own; `loads`: how often the routes were asked for. */
export function openDoor(routes: (app: Hono) => void = () => undefined, change: Partial<DoorRequest> = {}) {
  const lines: string[] = [];
  const folder = change.folder ?? scratch("door");
  const counted = { loads: 0 };
  const app = async () => {
    counted.loads++;
    const made = new Hono();
    routes(made);
    return made;
  };
  const log = createLog("info", (line) => lines.push(line));
  const door = new Door({ folder, app, log, ...change });
  open.push(door);
  const path = join(folder, `agent-${process.pid}.sock`);
  return { door, folder, path, lines, counted, place: { folder, agentPid: process.pid } };
}

/** A connection that says `text`; what comes until it is closed. */
export function talk(path: string, text: string): { socket: Socket; closed: Promise<string> } {
  const socket = connect({ path });
  let got = "";
  socket.on("data", (data) => {
    got += data;
  });
  socket.on("error", () => undefined);
  socket.write(text);
  return { socket, closed: new Promise((done) => socket.once("close", () => done(got))) };
}
