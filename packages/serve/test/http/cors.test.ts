// TABLE: what do pages of which origins hear, before and after they send or read?
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, removeFolder, type Started, start, TOKEN } from "../helpers/service.js";

const KNOWN = "https://player.example";
let service: Started;
beforeAll(async () => {
  service = await start({ args: ["--lab", "--allow-origin", KNOWN] });
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

interface Row {
  name: string;
  method: "OPTIONS" | "POST" | "GET";
  path: string;
  origin: string | null;
  status: number;
  /** The origin is named in the answer. */
  allowed: boolean;
  methods?: string;
}

const [events, sessions] = ["/api/playback-events", "/api/stream-sessions"];
const rows: Row[] = [
  {
    name: "preflight of events, known",
    method: "OPTIONS",
    path: events,
    origin: KNOWN,
    status: 204,
    allowed: true,
    methods: "POST, OPTIONS",
  },
  {
    name: "preflight of events, unknown",
    method: "OPTIONS",
    path: events,
    origin: "https://evil.example",
    status: 204,
    allowed: false,
  },
  { name: "preflight of events, none", method: "OPTIONS", path: events, origin: null, status: 204, allowed: false },
  {
    name: "preflight of reading, known",
    method: "OPTIONS",
    path: sessions,
    origin: KNOWN,
    status: 204,
    allowed: true,
    methods: "GET, OPTIONS",
  },
  { name: "events, known", method: "POST", path: events, origin: KNOWN, status: 202, allowed: true },
  {
    name: "events, unknown",
    method: "POST",
    path: events,
    origin: "https://evil.example",
    status: 403,
    allowed: false,
  },
  { name: "events, none", method: "POST", path: events, origin: null, status: 202, allowed: false },
  { name: "reading, known", method: "GET", path: sessions, origin: KNOWN, status: 200, allowed: true },
  {
    name: "preflight of CMCD, the opaque origin null",
    method: "OPTIONS",
    path: "/api/cmcd",
    origin: "null",
    status: 204,
    allowed: false,
  },
];

describe("CORS", () => {
  test.each(rows)("$name", async ({ method, path, origin, status, allowed, methods }) => {
    const headers = { "X-MTrace-Token": TOKEN, ...(origin === null ? {} : { Origin: origin }) };
    const body = method === "POST" ? JSON.stringify(batch()) : null;
    const answer = await fetch(service.url + path, { method, headers, body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe(allowed ? origin : null);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toBe("Origin");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const preflight = method === "OPTIONS" && allowed;
    expect(answer.headers.get("access-control-max-age")).toBe(preflight ? "600" : null);
    if (methods !== undefined) expect(answer.headers.get("access-control-allow-methods")).toBe(methods);
    if (preflight) expect(answer.headers.get("access-control-allow-headers")).toContain("X-MTrace-Token");
  });

  test("a live stream names the known page too", async () => {
    const headers = { "X-MTrace-Token": TOKEN, Origin: KNOWN };
    const answer = await fetch(`${service.url}/api/stream-sessions/stream`, { headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe(KNOWN);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("vary")).toBe("Origin");
    expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    await answer.body?.cancel();
  });

  test("a 429 tells a known page how long to wait", async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        service.post(batch(Array.from({ length: 100 }, () => batch().events).flat() as object[]), { Origin: KNOWN }),
      ),
    );
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get("access-control-allow-origin")).toBe(KNOWN);
    expect(refused?.headers.get("access-control-expose-headers")).toContain("Retry-After");
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });
});
