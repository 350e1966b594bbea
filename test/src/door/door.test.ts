// Does a control socket answer its user, refuse what is no request, and never stand in the way of the agent behind it?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Door } from "../../../src/door/door.js";
import { askDoor, doors, openAnswer } from "../../../src/door/doors.js";
import { silentLog } from "../../../src/log.js";
import { openDoor, talk } from "../../helpers/doors.js";
import { scratch } from "../../helpers/scratch.js";
import { until } from "../../helpers/until.js";

const isRoot = process.geteuid?.() === 0;
const GET = "GET /here HTTP/1.1\r\nHost: x\r\n\r\n";

/** In `run` these streams are the command's. */
const printed = vi.fn();
beforeEach(() => {
  printed.mockClear();
  for (const stream of ["log", "info", "warn", "error"] as const)
    vi.spyOn(console, stream).mockImplementation((...words) => printed(stream, ...words));
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(printed.mock.calls).toEqual([]);
});

function routes(app: Hono): void {
  app.get("/here", (c) => c.json({ here: true }));
  app.post("/echo", async (c) => c.json(await c.req.json()));
  app.get("/fails", () => {
    throw new Error("it went wrong");
  });
  app.get("/large", (c) => c.text("x".repeat(32e6)));
  app.get("/events", (c) =>
    streamSSE(c, async (stream) => {
      for (let n = 0; !stream.aborted; n++) {
        await stream.writeSSE({ event: "window", data: String(n) });
        await pause(20);
      }
    }),
  );
}

describe("a control socket", () => {
  it("is this user's alone, loads its routes at the first request only, and is gone after the close", async () => {
    const { door, folder, path, place, counted } = openDoor(routes);
    expect(await door.opened).toBe(true);
    expect([lstatSync(folder).mode & 0o777, lstatSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(readdirSync(folder)).toEqual([`agent-${process.pid}.sock`]);
    expect(await doors(folder)).toEqual([place]);
    expect(counted.loads).toBe(0);
    for (let n = 0; n < 2; n++)
      expect(await askDoor(place, { method: "GET", path: "/here" })).toEqual({ status: 200, text: '{"here":true}' });
    expect(counted.loads).toBe(1);
    door.close();
    expect(readdirSync(folder)).toEqual([]);
    await expect(askDoor(place, { method: "GET", path: "/here" })).rejects.toThrow(/no socket of this user/);
  });

  it("takes a body up to 64 KiB, and answers what is too large, unknown or went wrong with its number", async () => {
    const { door, place } = openDoor(routes);
    await door.opened;
    const post = (body: unknown) => askDoor(place, { method: "POST", path: "/echo", body });
    expect(await post({ a: "b".repeat(60_000) })).toMatchObject({ status: 200 });
    expect(await post({ a: "b".repeat(66_000) })).toMatchObject({ status: 413 });
    expect(await askDoor(place, { method: "GET", path: "/there" })).toEqual({
      status: 404,
      text: '{"error":"there is no GET /there"}',
    });
    expect(await askDoor(place, { method: "GET", path: "/fails" })).toEqual({
      status: 500,
      text: '{"error":"it went wrong"}',
    });
  });

  it("has a path of any length, beyond the 107 bytes of an address", async () => {
    const long = join(dirname(scratch("x")), "n".repeat(150), "door");
    mkdirSync(dirname(long));
    const { door, place } = openDoor(routes, { folder: long });
    expect(await door.opened).toBe(true);
    expect(await doors(long)).toEqual([place]);
    expect(await askDoor(place, { method: "GET", path: "/here" })).toMatchObject({ status: 200 });
  });

  it("streams events for as long as somebody reads, longer than any request may take", async () => {
    const { door, place } = openDoor(routes, { patienceMs: 500 });
    await door.opened;
    const answer = await openAnswer(place, { method: "GET", path: "/events" });
    let text = "";
    for await (const piece of answer.setEncoding("utf8")) {
      text += piece;
      if (text.includes("data: 60\n")) break;
    }
    expect(text).toContain("event: window\ndata: 0\n");
  });
});

describe("somebody who means no good", () => {
  it("opens a hundred connections and says nothing: the oldest are closed, and who asks is answered", async () => {
    const { door, path, place } = openDoor(routes, { patienceMs: 60_000 });
    await door.opened;
    const idle = Array.from({ length: 100 }, () => talk(path, ""));
    await until("the crowd", () => door.connections >= 32);
    expect(await askDoor(place, { method: "GET", path: "/here" })).toMatchObject({ status: 200 });
    expect(door.connections).toBeLessThanOrEqual(32);
    await Promise.all(idle.slice(0, 60).map(({ closed }) => closed));
    for (const { socket } of idle) socket.destroy();
  });

  it("sends half a request, or half a body, and is cut", async () => {
    const { door, path } = openDoor(routes, { patienceMs: 300 });
    await door.opened;
    const half = [GET.slice(0, 20), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"];
    await Promise.all(half.map((text) => talk(path, text).closed));
    await until("nobody left", () => door.connections === 0);
  });

  it.each([
    ["a body of 4 GB", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000000\r\n\r\n{", 413],
    [
      "a body that does not say how long it is",
      `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${`8000\r\n${"x".repeat(0x8000)}\r\n`.repeat(3)}`,
      411,
    ],
    ["headers of 64 KiB", `GET /here HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(65536)}\r\n\r\n`, 431],
    ["nothing of HTTP", "\0\x16\x03\x01 let me in\r\n\r\n", 400],
  ])("sends %s and gets its number; the connection ends", async (_, text, status) => {
    const { door, path, place } = openDoor(routes, { patienceMs: 60_000 });
    await door.opened;
    expect(await talk(path, text).closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(await askDoor(place, { method: "GET", path: "/here" })).toMatchObject({ status: 200 });
  });

  it("asks for much and reads nothing, and is cut, of a stream of events too", async () => {
    const { door, path } = openDoor(routes, { patienceMs: 300 });
    await door.opened;
    const { socket, closed } = talk(path, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.once("connect", () => socket.pause());
    await until("the connection", () => door.connections > 0);
    await until("the cut", () => door.connections === 0);
    socket.resume();
    expect((await closed).length).toBeLessThan(32e6);
  });

  it("asks twice at once and gets one answer", async () => {
    const { door, path } = openDoor(routes);
    await door.opened;
    const got = await talk(path, GET.repeat(50)).closed;
    expect(got.split("HTTP/1.1 200").length - 1).toBeLessThanOrEqual(1);
  });
});

describe("a control socket that cannot be", () => {
  const refused = async (folder: string | null): Promise<string> => {
    const { door, lines } = openDoor(routes, { folder });
    expect(await door.opened).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^gst-pyroscope: info: no control socket, so gst-pyroscope ps does not list it: /);
    return lines[0] ?? "";
  };

  it("is said in one line of information: no folder, a link, a file in its place", async () => {
    const path = scratch("door");
    mkdirSync(`${path}-elsewhere`);
    symlinkSync(`${path}-elsewhere`, path);
    expect(await refused(path)).toContain("it is a symbolic link");
    expect(readdirSync(`${path}-elsewhere`)).toEqual([]);
    writeFileSync(`${path}-file`, "");
    expect(await refused(`${path}-file`)).toContain("ENOTDIR");
  });

  it("where there is no runtime directory the line says how to get one", async () => {
    const { door, lines } = openDoor(routes);
    await door.opened;
    const log = { ...silentLog, info: (line: string) => void lines.push(line) };
    const without = new Door({ folder: null, app: async () => Promise.reject(), log });
    expect(await without.opened).toBe(false);
    expect(lines.at(-1)).toContain("export XDG_RUNTIME_DIR=/run/user/$(id -u)");
  });

  it.skipIf(!isRoot)("in a folder of another user is none, and nothing of it is touched", async () => {
    const path = scratch("door");
    mkdirSync(path);
    chmodSync(path, 0o777);
    chownSync(path, 65534, 65534);
    expect(await refused(path)).toContain("it belongs to user 65534");
    expect([lstatSync(path).mode & 0o777, readdirSync(path)]).toEqual([0o777, []]);
  });

  it("whose name a link has gets its name, and the link leads nowhere any more", async () => {
    const folder = scratch("door");
    mkdirSync(folder);
    writeFileSync(`${folder}-victim`, "unharmed");
    symlinkSync(`${folder}-victim`, join(folder, `agent-${process.pid}.sock`));
    const { door, path } = openDoor(routes, { folder });
    expect(await door.opened).toBe(true);
    expect(lstatSync(path).isSocket()).toBe(true);
    expect(existsSync(`${folder}-victim`)).toBe(true);
  });

  it("whose name a living agent has leaves it to that one", async () => {
    const first = openDoor(routes);
    await first.door.opened;
    expect(await refused(first.folder)).toContain("in another container");
    expect(await askDoor(first.place, { method: "GET", path: "/here" })).toMatchObject({ status: 200 });
  });

  it("whose name was left by an agent that died takes it over", async () => {
    const folder = scratch("door");
    const script = `const { createServer } = require("node:net"); const { mkdirSync } = require("node:fs");
      mkdirSync(${JSON.stringify(folder)}, 0o700);
      createServer().listen(${JSON.stringify(join(folder, `agent-${process.pid}.sock`))}, () => process.kill(process.pid, "SIGKILL"));`;
    await new Promise((ended) => spawn(process.execPath, ["-e", script]).once("close", ended));
    expect(readdirSync(folder)).toHaveLength(1);
    const { door, place } = openDoor(routes, { folder });
    expect(await door.opened).toBe(true);
    expect(await askDoor(place, { method: "GET", path: "/here" })).toMatchObject({ status: 200 });
  });

  it("closed before it was open leaves nothing behind, and says nothing", async () => {
    const { door, folder, lines } = openDoor(routes);
    door.close();
    await until("an empty folder", () => readdirSync(folder).length === 0);
    expect(lines).toEqual([]);
  });
});
