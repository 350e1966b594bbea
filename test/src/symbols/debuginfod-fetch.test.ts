// Does a file come whole or not at all, whatever the server does, and does the reason say what it did?
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FetchLimits, fetchFile } from "../../../src/symbols/debuginfod-fetch.js";
import { scratch } from "../../helpers/scratch.js";

const servers: Server[] = [];
let path = "";

beforeEach(() => {
  path = scratch("debuginfo");
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/buildid/ab/debuginfo`;
}

const fetched = (url: string, change: Partial<FetchLimits> = {}, signal = new AbortController().signal) =>
  fetchFile(url, path, { timeoutMs: 60_000, maxTimeMs: 60_000, maxBytes: 1000, ...change }, { signal });
const left = (): string[] => readdirSync(dirname(path));

describe("a file", () => {
  it("comes whole, for nobody else to read, and says what it would take", async () => {
    let asked: IncomingMessage["headers"] = {};
    const url = await serve(({ headers }, response) => {
      asked = headers;
      response.write("a".repeat(300));
      response.end("b".repeat(700));
    });
    expect(await fetched(url)).toBe("");
    expect(readFileSync(path, "utf8")).toBe("a".repeat(300) + "b".repeat(700));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(asked).toMatchObject({ "user-agent": "gst-pyroscope", "x-debuginfod-maxsize": "1000" });
  });

  it("that is there already is left as it is", async () => {
    writeFileSync(path, "mine");
    expect(await fetched(await serve((_, response) => response.end("theirs")))).toBe("cannot be stored");
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  it("has no place in a directory that is not there, and nobody is asked for it", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked++;
      response.end();
    });
    const answer = await fetchFile(
      url,
      join(dirname(path), "none", "x"),
      { timeoutMs: 1, maxTimeMs: 1, maxBytes: 1 },
      { signal: new AbortController().signal },
    );
    expect([answer, asked]).toEqual(["cannot be stored", 0]);
  });
});

describe("a server that", () => {
  it.each([
    [404, {}, "not found"],
    [406, {}, "too large"],
    [500, {}, "refused"],
    [204, {}, "refused"],
    [302, { location: "/elsewhere" }, "refused"],
    [200, { "content-length": "1001" }, "too large"],
    [200, { "x-debuginfod-size": "1001" }, "too large"],
  ])("answers %d with %j: %s, and nothing is left", async (status, headers, reason) => {
    const url = await serve((_, response) => {
      response.writeHead(status, headers as Record<string, string>);
      response.flushHeaders();
      if (status !== 200) response.end();
    });
    expect(await fetched(url)).toBe(reason);
    expect(left()).toEqual([]);
  });

  it("sends more than it may, without having said so, is stopped", async () => {
    const url = await serve((_, response) => {
      response.write("x".repeat(1000));
      response.write("y");
    });
    expect(await fetched(url)).toBe("too large");
    expect(left()).toEqual([]);
  });

  it("goes in the middle has not answered", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": "900" });
      response.write("half", () => response.destroy());
    });
    expect(await fetched(url)).toBe("no answer");
    expect(left()).toEqual([]);
  });

  it("is not there has not answered", async () => {
    const url = await serve((_, response) => response.end());
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await fetched(url)).toBe("no answer");
    expect(left()).toEqual([]);
  });

  it("never begins, or never ends, is too slow", async () => {
    const mute = await serve(() => undefined);
    expect(await fetched(mute, { timeoutMs: 50 })).toBe("too slow");
    const endless = await serve((_, response) => {
      response.write("x");
    });
    expect(await fetched(endless, { maxTimeMs: 50 })).toBe("too slow");
    expect(left()).toEqual([]);
  });

  it("has sent a hundred kilobytes in time may take longer for the rest", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let end = () => {};
      const url = await serve((_, response) => {
        response.write("x".repeat(150_000));
        end = () => response.end("y");
      });
      const answer = fetched(url, { timeoutMs: 1000, maxTimeMs: 9000, maxBytes: 1e6 });
      while (!existsSync(path) || statSync(path).size < 150_000) await new Promise(setImmediate);
      vi.advanceTimersByTime(8999);
      end();
      expect(await answer).toBe("");
      expect(statSync(path).size).toBe(150_001);
    } finally {
      vi.useRealTimers();
    }
  });
});

it("the caller may end it: that is no slowness of the server", async () => {
  const end = new AbortController();
  const url = await serve(() => end.abort());
  expect(await fetched(url, {}, end.signal)).toBe("no answer");
  expect(left()).toEqual([]);
});
