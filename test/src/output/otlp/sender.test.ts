// Does one export reach a collector as its protocol wants it, and does every end of it have a status?
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { ProtoWriter } from "../../../../src/encoding/proto-writer.js";
import { createLog, silentLog } from "../../../../src/log.js";
import { metadataOf, openSender } from "../../../../src/output/otlp/sender.js";
import type { SenderOptions } from "../../../../src/output/otlp/sending.js";
import { FakeCollector } from "../../../helpers/fake-collector.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Seen {
  url: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** Answers so; null: not at all. */
async function collector(
  status: number | null,
  body: Uint8Array = Buffer.alloc(0),
  contentType = "application/x-protobuf",
) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
    if (status !== null) response.writeHead(status, { "content-type": contentType }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function senderTo(endpoint: string, change: Partial<SenderOptions> = {}) {
  const usual = {
    signal: "traces",
    protocol: "http/protobuf",
    exact: false,
    headers: {},
    userAgent: "test/1",
  } as const;
  const sender = openSender({ endpoint, ...usual, log: silentLog, ...change });
  ends.push(() => sender.close());
  const send = (body: Uint8Array = Buffer.from("spans"), timeoutMs = 60_000, signal = new AbortController().signal) =>
    sender.send(body, timeoutMs, signal);
  return { shown: sender.shown, send };
}

describe("by HTTP", () => {
  it("an export goes to the signal's path, with type, agent and headers; the person's own header counts", async () => {
    const { url, seen } = await collector(200);
    const { send, shown } = senderTo(`${url}/prefix/`, { headers: { "X-Tenant": "a", "User-Agent": "mine" } });
    expect(await send()).toMatchObject({ status: 200, rejected: 0 });
    expect(shown).toBe(`${url}/prefix/v1/traces`);
    expect(seen[0]).toMatchObject({
      url: "/prefix/v1/traces",
      headers: { "x-tenant": "a", "user-agent": "mine", "content-type": "application/x-protobuf" },
    });
    expect(seen[0]?.body.toString()).toBe("spans");
  });

  it("a whole address is left as it is, and credentials in it are shown nowhere", async () => {
    const { url, seen } = await collector(200);
    const { send, shown } = senderTo(`${url.replace("//", "//u:hunter2@")}/own`, { exact: true, signal: "metrics" });
    await send();
    expect([seen[0]?.url, shown]).toEqual(["/own", `${url}/own`]);
    expect(seen[0]?.headers.authorization).toMatch(/^Basic /);
  });

  it("gzip is said and done", async () => {
    const { url, seen } = await collector(200);
    await senderTo(url, { gzip: true }).send(Buffer.alloc(10_000, "a"));
    expect(seen[0]?.headers["content-encoding"]).toBe("gzip");
    expect(seen[0]?.body.length).toBeLessThan(1000);
    expect(gunzipSync(seen[0]?.body ?? "").toString()).toBe("a".repeat(10_000));
  });

  it("what a collector did not take is told", async () => {
    const [partial, reply] = [new ProtoWriter(), new ProtoWriter()];
    partial.number(1, 7);
    reply.message(1, partial.view());
    const { url } = await collector(200, Buffer.from(reply.view()));
    expect(await senderTo(url).send()).toMatchObject({ status: 200, rejected: 7 });
  });

  it.each([
    [502, 502],
    [503, 503],
    [504, 504],
    [500, 400],
    [501, 400],
    [599, 400],
    [401, 401],
    [429, 429],
  ])("status %d is %d: of the fives three may pass", async (status, expected) => {
    const { url } = await collector(status, Buffer.from("why"), "text/plain");
    expect(await senderTo(url).send()).toMatchObject({ status: expected, message: "why" });
  });

  it("only an export that is too large may be halved", async () => {
    expect(await senderTo((await collector(413)).url).send()).toMatchObject({ status: 413, tooLarge: true });
    expect("tooLarge" in (await senderTo((await collector(400)).url).send())).toBe(false);
  });

  it("a page for a browser is no success", async () => {
    const { url } = await collector(200, Buffer.from("<title>Hotel</title>"), "text/html");
    expect(await senderTo(url).send()).toMatchObject({ status: 200, foreign: true });
  });

  it("silence ends with the time, and sooner where somebody ends it", async () => {
    const { url } = await collector(null);
    const { send } = senderTo(url);
    expect(await send(undefined, 20)).toEqual({ status: 0, message: "no answer within 20 ms" });
    const ended = AbortSignal.abort();
    expect((await send(undefined, 60_000, ended)).status).toBe(0);
  });
});

describe("by gRPC", () => {
  it("an export arrives with its headers, and an empty one is taken", async () => {
    const fake = await FakeCollector.start();
    ends.push(() => fake.stop());
    const { send } = senderTo(fake.url, { protocol: "grpc", headers: { "x-tenant": "a" }, gzip: true });
    expect(await send(new Uint8Array())).toMatchObject({ status: 200, rejected: 0 });
    expect(fake.traceHeaders[0]).toMatchObject({ "x-tenant": "a" });
    expect(fake.traceHeaders[0]?.["user-agent"]).toMatch(/^test\/1 /);
  });

  it("an export that somebody ended before it began is not an answer of the server", async () => {
    const fake = await FakeCollector.start();
    ends.push(() => fake.stop());
    expect(
      (await senderTo(fake.url, { protocol: "grpc" }).send(new Uint8Array(), 60_000, AbortSignal.abort())).status,
    ).toBe(408);
    expect(fake.traceTries).toBe(0);
  });
});

it("an address that is none is said before anything is sent", () => {
  for (const protocol of ["grpc", "http/protobuf"] as const)
    expect(() => senderTo("nonsense", { protocol })).toThrow(/not a URL/);
});

it("a header that gRPC cannot carry is left out and named, without its value; the others go", () => {
  const lines: string[] = [];
  const log = createLog("warn", (line) => lines.push(line));
  const metadata = metadataOf({ good: "1", "b ad": "hunter2", worse: "hunter2\n" }, log);
  expect(Object.keys(metadata.getMap())).toEqual(["good"]);
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain("hunter2");
});
