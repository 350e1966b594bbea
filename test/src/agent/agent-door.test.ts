// Can this process be asked from its first target on, and no more once it has closed?
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import { afterEach, expect, it } from "vitest";
import { AgentDoor } from "../../../src/agent/agent-door.js";
import { askDoor } from "../../../src/door/doors.js";
import { doorFolder } from "../../../src/door/folder.js";
import { silentLog } from "../../../src/log.js";
import { scratch } from "../../helpers/scratch.js";
import { statusOf } from "../../helpers/statuses.js";
import { until } from "../../helpers/until.js";

const open: AgentDoor[] = [];
afterEach(() => {
  for (const door of open.splice(0)) door.close();
});

/** Root's folder is the one that all agents of root have; the socket has our number all the same. */
function make() {
  const environment = { XDG_RUNTIME_DIR: dirname(scratch()) };
  const door = new AgentDoor(environment, async () =>
    new Hono().get("/api/status", (c) => c.json({ targets: [statusOf({ pid: 4242 })] })),
  );
  open.push(door);
  const folder = doorFolder(environment) ?? "";
  return { door, place: { folder, agentPid: process.pid }, path: join(folder, `agent-${process.pid}.sock`) };
}

it("there is nothing before the first target, one socket for all of them, and nothing after the close", async () => {
  const { door, place, path } = make();
  expect(existsSync(path)).toBe(false);
  door.open(silentLog);
  door.open(silentLog);
  await until("the socket", () => existsSync(path));
  const { status, text } = await askDoor(place, { method: "GET", path: "/api/status" });
  const said = { targets: [statusOf({ pid: 4242 })] };
  expect([status, JSON.parse(text)]).toEqual([200, said]);
  door.close();
  expect(existsSync(path)).toBe(false);
});

it("a target that comes after the close opens none", async () => {
  const { door, place, path } = make();
  door.close();
  door.open(silentLog);
  await expect(askDoor(place, { method: "GET", path: "/api/status" })).rejects.toThrow();
  expect(existsSync(path)).toBe(false);
});
