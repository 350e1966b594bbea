// Is a success believed only from the server that is meant? And is a failure called what it is, by every output alike?
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type Http2Server,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { resolveConfig } from "../../../src/config/config.js";
import { failureOf } from "../../../src/delivery/outcomes.js";
import { probeServer } from "../../../src/delivery/probe.js";
import { endpointOf, post, type Tls } from "../../../src/delivery/transport.js";
import { silentLog } from "../../../src/log.js";
import { destinationsOf } from "../../../src/output/destinations.js";
import { openSender } from "../../../src/output/otlp/sender.js";
import { SpanOutput } from "../../../src/output/otlp/spans.js";
import { profileOf } from "../../helpers/profiles.js";
import { fakeServer, outputTo } from "../../helpers/pyroscope-output.js";
import { runOf } from "../../helpers/spans.js";
import { until } from "../../helpers/until.js";

const pem = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url)));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function portOf(server: { listen: Server["listen"]; address: Server["address"]; close(): unknown }) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function export_(protocol: "grpc" | "http/protobuf", endpoint: string, tls?: Tls) {
  const usual = { signal: "traces", exact: false, headers: {}, userAgent: "test", log: silentLog } as const;
  const sender = openSender({ protocol, endpoint, ...usual, ...(tls && { tls }) });
  ends.push(() => sender.close());
  return sender.send(new Uint8Array(), 5000, new AbortController().signal);
}

const page = "<html><head><title>Welcome to the hotel</title></head></html>";
const html = {
  answer: "status",
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: page,
} as const;

describe("a profile is delivered", () => {
  const answer = async (contentType: string | null, body: string) => {
    const fake = await fakeServer();
    const headers: Record<string, string> = contentType === null ? {} : { "content-type": contentType };
    fake.mode = { answer: "status", status: 200, headers, body };
    const { output, lines, acknowledged } = outputTo(fake.url);
    output.send(profileOf({ e: 1e7 }));
    await output.close(700);
    return { delivered: acknowledged.delivered === 1, lines, acknowledged };
  };

  it.each([
    ["application/proto", ""],
    ["application/json", ""],
    ["application/json; charset=utf-8", "{}"],
    ["application/x-protobuf", "\n\u0003abc"],
  ])("by an answer of %s and %j", async (contentType, body) => {
    expect((await answer(contentType, body)).delivered).toBe(true);
  });

  it.each([
    ["text/html", page],
    ["text/html", ""],
    ["text/plain; charset=utf-8", "ok"],
    [null, ""],
    ["application/proto", page],
    ["application/json", page],
    ["application/json", '["ok"]'],
  ])("and not by one of %s and %j", async (contentType, body) => {
    const { delivered, lines, acknowledged } = await answer(contentType, body);
    expect(delivered).toBe(false);
    expect(lines[0]).toContain("profiles are not delivered");
    expect(lines[0]).toContain("something else answered than such a server");
    expect(Object.keys(acknowledged).every((why) => why === "ERR_UPLOAD_ENDED" || why === "ERR_UPLOAD_FOREIGN")).toBe(
      true,
    );
  });

  it("once the login page is gone: it was kept, and is delivered with two lines in the log", async () => {
    const fake = await fakeServer();
    fake.mode = html;
    const { output, lines, acknowledged } = outputTo(fake.url);
    output.send(profileOf({ e: 1e7 }));
    await until("several tries", () => fake.requests.length >= 3);
    expect(acknowledged).toEqual({});
    expect(lines[0]).toContain("a page for a browser: Welcome to the hotel");
    fake.mode = { answer: "judge" };
    expect(await output.close(5000)).toBe(true);
    expect([acknowledged, fake.stored.length, lines.length]).toEqual([{ delivered: 1 }, 1, 2]);
  });
});

describe("an export over HTTP is taken", () => {
  it.each([
    ["application/x-protobuf", "", null],
    ["application/json", '{"partialSuccess":{}}', null],
    ["", "", null], // Prometheus and others say no more
    ["text/html", page, "foreign"],
    ["text/html", "", "foreign"],
    ["", "ok", "foreign"],
    ["application/x-protobuf", page, "foreign"],
  ])("or not, by %j and %j", async (contentType, body, kind) => {
    const server = createServer((request, response) => {
      if (contentType !== "") response.setHeader("content-type", contentType);
      request.resume().on("end", () => response.end(body));
    });
    const answer = await export_("http/protobuf", `http://127.0.0.1:${await portOf(server)}`);
    expect(failureOf(answer)).toBe(kind);
  });
});

describe("an export over gRPC is taken", () => {
  const serve = async (contentType: string, body: Buffer, trailers: boolean, status = 200) => {
    const server: Http2Server = createHttp2Server();
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": status, "content-type": contentType }, { waitForTrailers: trailers });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.on("error", () => {});
      stream.resume().end(body);
    });
    return `http://127.0.0.1:${await portOf(server as unknown as Server)}`;
  };
  const framed = (text: string) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(text.length, 1);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  it.each([
    ["application/grpc", framed(""), true, 200, null],
    ["application/grpc+proto", framed("\n\u0000"), true, 200, null],
    ["application/grpc", framed(page), true, 200, "foreign"],
    ["text/html", Buffer.from(page), false, 200, "foreign"],
    ["text/html", Buffer.from(page.repeat(9)), true, 200, "foreign"],
    ["text/html", Buffer.alloc(0), true, 200, "foreign"],
    ["text/html", Buffer.from(page), false, 502, "unreachable"],
    ["text/html", Buffer.from(page), false, 404, "misrouted"],
  ] as const)(
    "or not, by %s and %j with trailers: %s, status %i",
    async (contentType, body, trailers, status, kind) => {
      expect(failureOf(await export_("grpc", await serve(contentType, body, trailers, status)))).toBe(kind);
    },
  );

  it("spans are not cut in halves for a page that looks like a message of a gigabyte, but kept", async () => {
    const lost: string[] = [];
    const endpoint = await serve("text/html", Buffer.from(page), false);
    const usual = { signal: "traces", exact: false, headers: {}, userAgent: "test", log: silentLog } as const;
    const sender = openSender({ protocol: "grpc", endpoint, ...usual });
    let tries = 0;
    const send: typeof sender.send = (...all) => {
      tries++;
      return sender.send(...all);
    };
    const output = new SpanOutput({
      sender: { ...sender, send },
      head: () => new Uint8Array(),
      maxQueue: 100,
      maxBatch: 2,
      delayMs: 1,
      timeoutMs: 5000,
      log: silentLog,
      room: () => {},
      account: { sent: () => lost.push("sent"), lost: (reason, n) => n > 0 && lost.push(`${reason} ${n}`) },
      backoff: { firstMs: 1, maxMs: 5 },
    });
    output.add(runOf([new Uint8Array(4), new Uint8Array(4)]));
    await until("tries of the same two", () => tries >= 4);
    expect(lost).toEqual([]);
    await output.close(10);
    expect(lost).toEqual(["span_upload_ended 2"]);
  });
});

describe("why no answer came is called what it is", () => {
  const secure = async (name: string) =>
    portOf(
      createSecureHttp2Server({ cert: pem(name), key: pem(`${name}-key`), allowHTTP1: true }, (_, response) =>
        response.end(),
      ) as never,
    );
  const closed = async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
  };
  const plain = async () => portOf(createServer((_, response) => response.end()));
  const curt = async () =>
    portOf(createNetServer((socket) => void socket.on("error", () => {}).once("data", () => socket.end())) as never);
  const cases: [string, () => Promise<string>, Tls | undefined, RegExp][] = [
    [
      "a certificate that has expired",
      async () => `https://localhost:${await secure("expired")}`,
      { ca: pem("expired") },
      /certificate has expired/,
    ],
    [
      "a self-signed certificate",
      async () => `https://localhost:${await secure("named")}`,
      undefined,
      /certificate is self-signed/,
    ],
    [
      "an unknown authority",
      async () => `https://localhost:${await secure("server")}`,
      undefined,
      /authority of the server's certificate is unknown/,
    ],
    [
      "a certificate for another name",
      async () => `https://localhost:${await secure("named")}`,
      { ca: pem("named") },
      /certificate is for another name/,
    ],
    ["a server without TLS", async () => `https://localhost:${await plain()}`, undefined, /not a TLS server/],
    [
      "a name that does not resolve",
      async () => "http://no-such-host.invalid:4040",
      undefined,
      /the name (no-such-host\.invalid )?does not resolve/,
    ],
    [
      "a port where nobody listens",
      async () => `http://127.0.0.1:${await closed()}`,
      undefined,
      /connection was refused/,
    ],
  ];

  it.each(cases)("%s, by Pyroscope's way, gRPC, HTTP and doctor", async (_, address, tls, reason) => {
    const url = await address();
    const profile = await post(endpointOf(url, "/x"), new Uint8Array(1), { contentType: "x/y", timeoutMs: 5000, tls });
    expect(profile).toMatchObject({ status: 0, message: expect.stringMatching(reason) });
    for (const protocol of ["grpc", "http/protobuf"] as const) {
      const answer = await export_(protocol, url, tls);
      expect(failureOf(answer)).toBe("unreachable");
      expect(answer.message).toMatch(reason);
    }
    const { config } = resolveConfig({ flags: { "server-url": url, "otlp-endpoint": "" }, environment: {} });
    const [destination] = destinationsOf(config, {});
    if (destination === undefined) throw new Error("no destination");
    expect(await probeServer({ ...destination, tls }, 5000)).toMatchObject({
      reached: false,
      detail: expect.stringMatching(reason),
    });
  });

  it("a server that speaks no gRPC, and one that says nothing", async () => {
    expect((await export_("grpc", `http://127.0.0.1:${await plain()}`)).message).toMatch(
      /not gRPC|closed the connection/,
    );
    expect((await export_("grpc", `http://127.0.0.1:${await curt()}`)).message).toMatch(/closed the connection/);
    expect((await export_("http/protobuf", `http://127.0.0.1:${await curt()}`)).message).toMatch(
      /closed the connection/,
    );
  });

  it("gRPC to a TLS server of HTTP/1", async () => {
    const server = createSecureServer({ cert: pem("named"), key: pem("named-key") });
    const url = `https://localhost:${await portOf(server)}`;
    expect((await export_("grpc", url, { ca: pem("named") })).message).toMatch(/not gRPC/);
  });

  it("plain HTTP to a TLS server", async () => {
    const url = `http://127.0.0.1:${await secure("server")}`;
    expect((await export_("http/protobuf", url)).message).toMatch(/https:\/\/ meant/);
    expect((await export_("grpc", url)).message).toMatch(/right port/);
  });
});
