// Does each request leave one span with the attributes of the contract and no session in it, and is all silent without a variable?
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { strayAttributes } from "@gst-pyroscope/contract/labels";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpointIn } from "../../src/telemetry/otlp-endpoint.js";
import { batch, event, removeFolder, start } from "../helpers/service.js";

interface Span {
  name: string;
  kind: number;
  traceId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

const bodies: string[] = [];
const headersSeen: string[] = [];
let collector: Server;
beforeAll(async () => {
  collector = createServer((asked, answer) => {
    let text = "";
    headersSeen.push(String(asked.headers["x-key"]));
    asked
      .on("data", (piece) => (text += String(piece)))
      .on("end", () => {
        bodies.push(text);
        answer.end("{}");
      });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void collector.close());

const spans = (): Span[] =>
  bodies.flatMap((body) =>
    (JSON.parse(body).resourceSpans as { scopeSpans: { spans: Span[] }[] }[]).flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    ),
  );

test("one server span a request, a child of its traceparent, with attributes of the table only", async () => {
  const port = (collector.address() as AddressInfo).port;
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b",
    OTEL_SERVICE_NAME: "players",
  };
  const service = await start({ env });
  const [trace, parent] = ["c".repeat(32), "d".repeat(16)];
  await service.post(batch([event({ session_id: "secret-session" })]), { traceparent: `00-${trace}-${parent}-01` });
  await service.post(batch(), { traceparent: `00-${trace}-${parent}-00` });
  await service.post(batch([event({ client_timestamp: "2020-01-01T00:00:00Z" })]), { traceparent: "garbage" });
  await service.post(batch(), { "X-MTrace-Token": "x" });
  await service.get("/api/stream-sessions/secret-session");
  await service.get("/api/metrics");
  await service.stop();
  expect(spans()).toHaveLength(4);
  const [child, root, refused, read] = spans();
  const value = (span: Span | undefined, key: string) =>
    Object.values(span?.attributes.find((one) => one.key === key)?.value ?? {})[0];
  expect(child).toMatchObject({ traceId: trace, parentSpanId: parent, kind: 2, name: "POST /api/playback-events" });
  expect(value(child, "mtrace.batch.outcome")).toBe("accepted");
  expect(String(value(child, "mtrace.session.correlation_id"))).toMatch(/^[0-9a-f-]{36}$/);
  expect(value(root, "mtrace.trace.parse_error")).toBe(true);
  expect(value(root, "mtrace.time.skew_warning")).toBe(true);
  expect(value(refused, "mtrace.batch.outcome")).toBe("auth_error");
  expect(read?.name).toBe("GET /api/stream-sessions/:id");
  for (const span of spans()) expect(strayAttributes(span.attributes.map(({ key }) => key))).toEqual([]);
  expect(bodies.join()).not.toContain("secret-session");
  expect(bodies.join()).toContain('"players"');
  expect(headersSeen).toContain("a b");
  removeFolder(service.dataDir);
});

test("without a variable, with none, or switched off nothing is sent", () => {
  expect(endpointIn({})).toBeNull();
  expect(endpointIn({ OTEL_SERVICE_NAME: "x" })).toBeNull();
  expect(endpointIn({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:1", OTEL_TRACES_EXPORTER: "none" })).toBeNull();
  expect(endpointIn({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:1", OTEL_SDK_DISABLED: "true" })).toBeNull();
  expect(endpointIn({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:1/" })?.url).toBe("http://a:1/v1/traces");
  expect(endpointIn({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://a:1/x" })?.url).toBe("http://a:1/x");
  expect(endpointIn({ OTEL_TRACES_EXPORTER: "otlp" })?.url).toBe("http://localhost:4318/v1/traces");
});
