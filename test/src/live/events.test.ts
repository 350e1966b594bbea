// Does a client hear of each window, and does one that does not read leave memory, target and the others alone?
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventStreams } from "../../../src/live/events.js";
import { FakeLive } from "../../helpers/live.js";
import { until } from "../../helpers/until.js";

describe("a stream of events", () => {
  let server: Server;
  let target: FakeLive;
  let streams: EventStreams;
  beforeEach(async () => {
    target = new FakeLive(1);
    streams = new EventStreams();
    const app = new Hono();
    app.get("/", (c) => streams.answer(c, target));
    server = createServer(getRequestListener(app.fetch));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function connect() {
    const { port } = server.address() as AddressInfo;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ port, host: "127.0.0.1" }, resolve).once("error", reject).end();
    });
    let text = "";
    const events = () => text.split("\n\n").filter(Boolean);
    const read = () => void answer.on("data", (chunk) => (text += chunk));
    answer.on("error", () => {});
    return { answer, events, read };
  }

  it("tells each new window with its figures, and the end, and then ends", async () => {
    const { answer, events, read } = await connect();
    read();
    await until("target.listeners.size === 1", () => target.listeners.size === 1);
    target.second();
    await until("events().length === 1", () => events().length === 1);
    target.second();
    await until("events().length === 2", () => events().length === 2);
    const entry = { atNs: 1e9, durationNs: 1e9, cpuNs: 5e8, buffers: 30 };
    expect(events()[1]).toBe(`event: window\ndata: ${JSON.stringify(entry)}`);
    target.end();
    await until("the end", () => answer.readableEnded);
    expect(events()[2]).toBe(`event: ended\ndata: ${JSON.stringify(target.status())}`);
    await until("streams.open === 0", () => streams.open === 0);
    expect([target.watching, target.listeners.size]).toEqual([0, 0]);
  });

  it("of a target that has ended says so at once", async () => {
    target.end();
    const { answer, events, read } = await connect();
    read();
    await until("the end", () => answer.readableEnded);
    expect(events()).toEqual([expect.stringMatching(/^event: ended/)]);
  });

  it("whose client goes lets the target go", async () => {
    const { answer, read } = await connect();
    read();
    await until("target.watching === 1", () => target.watching === 1);
    answer.destroy();
    await until("streams.open === 0", () => streams.open === 0);
    expect([target.watching, target.listeners.size, streams.closed]).toEqual([0, 0, 0]);
  });

  it("whose client does not read is closed and counted, while another one reads on", async () => {
    // Large events, so that what the system holds for a socket is full soon.
    const figures = target.strip;
    target.strip = () => [{ ...figures().at(-1), padding: "x".repeat(200_000) } as never];
    const deaf = await connect();
    deaf.answer.pause();
    const good = await connect();
    let got = 0;
    good.answer.on("data", (chunk) => (got += chunk.length));
    await until("streams.open === 2", () => streams.open === 2);
    let sent = 0;
    while (streams.closed === 0 && sent < 500) {
      target.second();
      sent++;
      await until("got > sent * 200_000 || streams.closed > 0", () => got > sent * 200_000 || streams.closed > 0);
    }
    expect(streams.closed).toBe(1);
    await until("streams.open === 1", () => streams.open === 1);
    const before = got;
    target.second();
    await until("got > before", () => got > before);
  });

  it("beyond thirty-two is refused with a sentence, until one of the others is closed", async () => {
    const all = await Promise.all(Array.from({ length: 32 }, () => connect()));
    const { answer } = await connect();
    expect(answer.statusCode).toBe(503);
    all[0]?.answer.destroy();
    await until("streams.open === 31", () => streams.open === 31);
    expect((await connect()).answer.statusCode).toBe(200);
  });
});
