// Does the list of agents hold the living ones only, and does one that is silent keep nobody waiting?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { askDoor, doors } from "../../../src/door/doors.js";
import { openDoor } from "../../helpers/doors.js";
import { scratch } from "../../helpers/scratch.js";

const isRoot = process.geteuid?.() === 0;

/** A socket of that name whose process was killed. */
async function leaveStale(folder: string, name: string): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(join(folder, name))}, () => process.kill(process.pid, "SIGKILL"));`;
  await new Promise((ended) => spawn(process.execPath, ["-e", script]).once("close", ended));
}

async function listen(path: string, take: (server: Server) => void = () => undefined): Promise<Server> {
  const server = createServer();
  take(server);
  await new Promise<void>((ready) => server.listen({ path }, ready));
  return server;
}

it("there are none where the folder is not, or where this user has none", async () => {
  expect([await doors(null), await doors(scratch("door"))]).toEqual([[], []]);
});

it("sockets of agents that died are removed, and the living one, links and strange files are left alone", async () => {
  const { door, folder, place } = openDoor();
  await door.opened;
  await leaveStale(folder, "agent-1.sock");
  symlinkSync(`agent-${process.pid}.sock`, join(folder, "agent-2.sock"));
  writeFileSync(join(folder, "agent-3.sock"), "");
  await leaveStale(folder, "something-else.sock");
  expect(await doors(folder)).toEqual([place]);
  expect(readdirSync(folder).sort()).toEqual(
    ["agent-2.sock", "agent-3.sock", `agent-${process.pid}.sock`, "something-else.sock"].sort(),
  );
});

it.skipIf(!isRoot)("a socket of another user is not spoken to, in the list and by its name", async () => {
  const folder = scratch("door");
  mkdirSync(folder, { mode: 0o700 });
  let calls = 0;
  const server = await listen(join(folder, "agent-77.sock"), (made) => made.on("connection", () => calls++));
  chownSync(join(folder, "agent-77.sock"), 65534, 65534);
  expect(await doors(folder)).toEqual([]);
  const asked = askDoor({ folder, agentPid: 77 }, { method: "GET", path: "/" });
  await expect(asked).rejects.toThrow(/no socket of this user/);
  expect(calls).toBe(0);
  server.close();
});

it("an agent that takes a connection and says nothing is given up, and so is one that never comes to an end", async () => {
  const folder = scratch("door");
  mkdirSync(folder, { mode: 0o700 });
  const silent = await listen(join(folder, "agent-1.sock"), (made) => made.on("connection", (one) => one.resume()));
  const endless = await listen(join(folder, "agent-2.sock"), (made) =>
    made.on("connection", (one) => {
      one.resume().on("error", () => undefined);
      one.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
    }),
  );
  const ask = (agentPid: number) => askDoor({ folder, agentPid }, { method: "GET", path: "/" }, 200);
  await expect(ask(1)).rejects.toThrow("no answer within 0.2 s");
  await expect(ask(2)).rejects.toThrow("no whole answer within 0.4 s");
  silent.close();
  endless.close();
});
