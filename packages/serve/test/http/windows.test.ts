// Does the built service answer each request of windows, and each one to read what came of them, with its status, error and counters?
// SPDX-License-Identifier: MPL-2.0
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iso, postWindows, stalled, windowBatch, windowOf } from "../helpers/pipeline.js";
import { program, removeFolder, type Started, start, until } from "../helpers/service.js";

let service: Started;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  service = await start();
  for (const [name, project] of [
    ["browser", "demo"],
    ["pipeline", "demo"],
    ["read", "demo"],
    ["foreign", "other"],
  ] as const) {
    const kind = name === "foreign" ? "read" : name;
    const add = ["token", "add", "--project", project, "--kind", kind, "--data-dir", service.dataDir];
    tokens[name] = (await promisify(execFile)(process.execPath, [program, ...add])).stdout.trim();
  }
  const known = async () =>
    (await service.get("/api/streams", { "X-MTrace-Token": tokens.foreign ?? "" })).status === 200;
  await until("tokens are known", known);
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

const now = Date.now();
const good = (more = {}): unknown => windowBatch([windowOf(now - 2000, {}, more)]);
const broken = (change: (window: Record<string, unknown>) => void): unknown => {
  const window = structuredClone(windowOf(now - 2000)) as unknown as Record<string, unknown>;
  change(window);
  return windowBatch([window]);
};
const path = (path: string) => broken((window) => Object.assign((window.elements as object[])[1] ?? {}, { path }));
const many = (count: number) => windowBatch(Array.from({ length: count }, (_, i) => windowOf(now - 2000 * (i + 1))));
const large = JSON.stringify(windowBatch([windowOf(now, {}, { pipeline: "x".repeat(1_100_000) })]));
const gzip = { "Content-Encoding": "gzip" };

interface Row {
  name: string;
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  error?: string;
  /** Windows by which counters rise. */
  counts?: Partial<Record<"pipeline" | "invalid" | "rate_limited" | "dropped", number>>;
}

const invalid = (name: string, body: unknown, error = "window_invalid", count = 1): Row => ({
  ...{ name, body, error, status: 422 },
  counts: { invalid: count },
});

const rows: Row[] = [
  { name: "a window", status: 202, body: good(), counts: { pipeline: 1 } },
  { name: "the same again", status: 202, body: good(), counts: { pipeline: 1 } },
  { name: "a packed one", status: 202, body: good(), headers: gzip, counts: { pipeline: 1 } },
  { name: "60 of them", status: 202, body: many(60), headers: gzip, counts: { pipeline: 60 } },
  {
    name: "a field that nobody knows",
    status: 202,
    body: good({ planted: { "deep-field": 1 } }),
    counts: { pipeline: 1 },
  },
  { name: "no token", status: 401, body: good(), headers: { "X-MTrace-Token": "" }, error: "token_missing" },
  { name: "a token of nobody", status: 401, body: good(), headers: { "X-MTrace-Token": "x" }, error: "token_unknown" },
  {
    name: "an origin that may not send",
    status: 403,
    body: good(),
    headers: { Origin: "https://a.example" },
    error: "origin_not_permitted",
  },
  {
    name: "another project",
    status: 401,
    body: windowBatch([windowOf(now)], { project_id: "other" }),
    error: "project_mismatch",
  },
  { name: "no JSON", status: 400, body: "{", error: "body_not_json" },
  { name: "no JSON, packed", status: 400, body: "{", headers: gzip, error: "body_not_json" },
  {
    name: "not packed, though it says so",
    status: 400,
    body: Buffer.from("{}"),
    headers: gzip,
    error: "body_not_json",
  },
  {
    name: "a packed body that is cut off",
    status: 400,
    body: gzipSync("{}".repeat(99)).subarray(0, 20),
    headers: gzip,
    error: "body_not_json",
  },
  { name: "a list", status: 400, body: [], error: "body_not_object" },
  { name: "too large", status: 413, body: large, error: "body_too_large" },
  { name: "too large when it is unpacked", status: 413, body: large, headers: gzip, error: "body_too_large" },
  {
    name: "another version",
    status: 400,
    body: windowBatch([windowOf(now)], { schema_version: "2.0" }),
    error: "schema_version_unknown",
    counts: { invalid: 1 },
  },
  invalid("no windows", windowBatch([]), "windows_missing", 0),
  invalid("windows that are no list", windowBatch({}), "windows_missing", 0),
  invalid("61 windows", many(61), "windows_too_many", 61),
  invalid("no time of sending", windowBatch([windowOf(now)], { sent_at: "yesterday" })),
  invalid("an end before the begin", good({ to: iso(now - 9000) })),
  invalid("a window of an hour", good({ from: iso(now - 3_600_000) })),
  invalid("one that ends long after it was sent", good({ from: iso(now + 90_000), to: iso(now + 92_000) })),
  invalid("a day that does not exist", good({ from: "2026-02-30T00:00:00.000Z" })),
  invalid("a control character in a name", path("main/enc\u0000")),
  invalid("a line break in a name", path("main/e\nnc")),
  invalid("half a character in a name", path("main/\ud800")),
  invalid("a name without end", path("e".repeat(5000))),
  invalid("an empty name of a stream", good({ stream_id: "  " })),
  invalid(
    "a negative number",
    broken((window) => Object.assign((window.elements as object[])[0] ?? {}, { own_ms: -1 })),
  ),
  invalid("1001 elements", good({ elements: Array(1001).fill(windowOf(now).elements[0]) })),
  invalid(
    "one bad window among good ones",
    windowBatch([windowOf(now - 4000), windowOf(now - 2000, {}, { losses: -1 })]),
    "window_invalid",
    2,
  ),
];

const counters = {
  pipeline: "pipeline",
  invalid: "invalid",
  rate_limited: "rate_limited",
  dropped: "dropped",
} as const;

describe("windows", () => {
  test.each(rows)("$name: $status", async ({ body, headers, status, error, counts }) => {
    const before = await service.counters();
    const answer = await postWindows(service, body, headers);
    const text = await answer.text();
    expect({ status: answer.status, text }).toMatchObject({ status });
    if (error === undefined) expect(JSON.parse(text)).toEqual({ accepted: counts?.pipeline });
    else expect(JSON.parse(text)).toMatchObject({ error, reason: expect.stringMatching(/\w+ \w+/) });
    const after = await service.counters();
    for (const name of Object.keys(counters) as (keyof typeof counters)[]) {
      const metric = `mtrace_${name}_windows_total`;
      expect({ name, rise: (after[metric] ?? 0) - (before[metric] ?? 0) }).toEqual({ name, rise: counts?.[name] ?? 0 });
    }
  });

  test("a token of another kind than pipeline may not send them, one of that kind may", async () => {
    const statusOf = async (name: string) =>
      (await postWindows(service, good(), { "X-MTrace-Token": tokens[name] ?? "" })).status;
    expect([await statusOf("browser"), await statusOf("read"), await statusOf("pipeline")]).toEqual([403, 403, 202]);
  });

  test("600 at once are taken, more have to wait, as they are told", async () => {
    const own = await start({ args: ["--lab", "--rate-limit-refill", "1"] });
    const statuses = [];
    for (let i = 0; i < 10; i++) statuses.push((await postWindows(own, many(60), gzip)).status);
    expect(statuses).toEqual(Array(10).fill(202));
    const late = await postWindows(own, many(60), gzip);
    expect([late.status, (await late.json()).error, Number(late.headers.get("Retry-After")) > 1]).toEqual([
      429,
      "rate_limited",
      true,
    ]);
    expect((await own.counters()).mtrace_rate_limited_windows_total).toBe(60);
    await own.stop();
    removeFolder(own.dataDir);
  });

  test("what no schema knows is not kept; other methods are refused", async () => {
    const text = await (await service.get("/api/streams/demo/pipeline")).text();
    expect(text).toContain("main/enc");
    expect(text).not.toContain("planted");
    const wrong = await service.get("/api/pipeline-windows");
    expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  test("the clock of a machine that is 20 s ahead, or behind, is corrected, one that is half a second is not", async () => {
    for (const [stream_id, aheadMs, offsetMs] of [
      ["ahead", 20_000, -20_000],
      ["behind", -20_000, 20_000],
      ["near", 500, 0],
    ] as const) {
      const sentMs = Date.now();
      const window = windowOf(sentMs + aheadMs - 2000, {}, { stream_id, host: stream_id });
      await postWindows(service, windowBatch([window], { sent_at: iso(sentMs + aheadMs) }));
      const tookMs = Date.now() - sentMs;
      const { windows } = await (
        await service.get(`/api/streams/${stream_id}/pipeline?until=${sentMs + 99_000}`)
      ).json();
      const shiftMs = Date.parse(windows[0].from) - Date.parse(window.from) - offsetMs;
      expect(shiftMs).toBeGreaterThanOrEqual(0);
      expect(shiftMs).toBeLessThanOrEqual(offsetMs === 0 ? 0 : tookMs);
    }
  });
});

describe("reading", () => {
  let incident = "";
  beforeAll(async () => {
    const readers = [0, 1, 2].flatMap((i) => [`reader-${i}`, `reader-${i}b`].map((id) => [`read-${i}`, id] as const));
    for (const stream_id of ["read-0", "read-1", "read-2"]) {
      await postWindows(service, windowBatch([windowOf(Date.now() - 2000, {}, { stream_id })]));
    }
    const atMs = Date.now();
    const views = await Promise.all(readers.map(([stream_id, id], i) => stalled(service, id, atMs + i, { stream_id })));
    incident = views[0]?.incident_id ?? "";
  });

  const reads: [path: string, status: number, error?: string][] = [
    ["/api/streams", 200],
    ["/api/incidents", 200],
    ["/api/stream-sessions/reader-0/stalls", 200],
    ["/api/stream-sessions/nobody/stalls", 404, "session_not_found"],
    ["/api/incidents/nothing", 404, "incident_not_found"],
    ["/api/incidents?limit=0", 400, "limit_invalid"],
    ["/api/incidents?limit=1001", 400, "limit_invalid"],
    ["/api/incidents?cursor=x", 400, "cursor_invalid_malformed"],
    ["/api/streams/read-0/stalls?cursor=eyJ2IjoxfQ", 400, "cursor_invalid_legacy"],
    ["/api/streams/read-0/stalls?from=yesterday", 400, "time_invalid"],
    ["/api/streams/read-0/stalls?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 400, "time_invalid"],
    ["/api/streams/read-0/pipeline?until=never", 400, "time_invalid"],
    ["/api/streams/read-0/flamegraph", 400, "time_invalid"],
    ["/api/streams/read-0/flamegraph?from=2026-01-01T00:00:00Z&until=2026-01-01T00:01:00Z&element=main%2Fenc", 200],
    ["/api/streams/no-such-stream/stalls", 200],
    ["/api/streams/%2e%2e%2Fetc/pipeline", 200],
  ];

  test.each(reads)("%s: %i", async (path, status, error) => {
    const answer = await service.get(path);
    expect(answer.status).toBe(status);
    if (error !== undefined) expect((await answer.json()).error).toBe(error);
    const without = await service.get(path, {});
    expect([without.status, (await without.json()).error]).toEqual([401, "token_missing"]);
    const sender = await service.get(path, { "X-MTrace-Token": tokens.browser ?? "" });
    expect(sender.status).toBe(403);
  });

  test("another project sees nothing of it", async () => {
    const foreign = { "X-MTrace-Token": tokens.foreign ?? "" };
    const read = async (path: string) => (await service.get(path, foreign)).json();
    expect(await read("/api/streams")).toEqual({ streams: [], failed: [] });
    expect(await read("/api/incidents")).toEqual({ incidents: [] });
    expect(await read("/api/streams/read-0/stalls")).toEqual({ stalls: [] });
    expect(await read("/api/streams/read-0/pipeline")).toEqual({ windows: [] });
    expect((await service.get(`/api/incidents/${incident}`, foreign)).status).toBe(404);
    expect((await service.get("/api/stream-sessions/reader-0/stalls", foreign)).status).toBe(404);
  });

  test("incidents and stalls come a page at a time, each once", async () => {
    const walk = async (path: string, list: string, id: (one: never) => string): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor = ""; ; ) {
        const page = await (await service.get(`${path}?limit=1${cursor}`)).json();
        found.push(...page[list].map(id));
        if (page.next_cursor === undefined) return found;
        cursor = `&cursor=${page.next_cursor}`;
      }
    };
    const incidents = await walk("/api/incidents", "incidents", ({ stream_id }: { stream_id: string }) => stream_id);
    expect(incidents.filter((stream) => stream.startsWith("read-"))).toEqual(["read-2", "read-1", "read-0"]);
    const stalls = await walk(
      "/api/streams/read-1/stalls",
      "stalls",
      (one: { stall: { session_id: string } }) => one.stall.session_id,
    );
    expect(stalls).toEqual(["reader-1b", "reader-1"]);
    const page = await (await service.get("/api/streams/read-1/stalls?limit=1")).json();
    const elsewhere = await service.get(`/api/streams/read-2/stalls?cursor=${page.next_cursor}`);
    expect([elsewhere.status, (await elsewhere.json()).error]).toEqual([400, "cursor_invalid_malformed"]);
  });
});
