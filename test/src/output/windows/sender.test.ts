// Does each window arrive once, together with others when the service was away, and is what it refuses or never gets counted?
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLog } from "../../../../src/log.js";
import { type WindowsOptions, WindowsOutput } from "../../../../src/output/windows/sender.js";
import { windowLimits } from "../../../../src/windows/pipeline-window.js";
import { FakeProxy } from "../../../helpers/fake-proxy.js";
import { until } from "../../../helpers/until.js";
import { WindowsServer } from "../../../helpers/windows-server.js";

const window = {
  ...{ stream_id: "demo", stream_source: "tag", pipeline: "p", service: "s", host: "h", run_id: "1", topology: "t" },
  ...{ state: "playing", from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T00:00:02.000Z", process_cpu_ms: null },
  ...{ machine: { load: 1, cpus: 2, steal: null, pressure: null }, losses: 0, elements: [], sinks: [] },
};
const numbered = (n: number) => ({ ...window, run_id: String(n) });

describe("windows", () => {
  let server: WindowsServer;
  beforeEach(async () => {
    server = await WindowsServer.start();
  });
  afterEach(() => server.stop());

  function outputTo(url: string, change: Partial<WindowsOptions> = {}) {
    const lines: string[] = [];
    const lost: Record<string, number> = {};
    const answers: unknown[] = [];
    const output = new WindowsOutput({
      ...{ server: url, token: "t0ken", project: "demo", version: "1.2.3", limits: windowLimits },
      log: createLog("warn", (line) => lines.push(line)),
      lost: (n, code) => {
        lost[code] = (lost[code] ?? 0) + n;
      },
      answered: (answer) => answers.push(answer),
      backoff: { firstMs: 5, maxMs: 20 },
      ...change,
    });
    return { output, lines, lost, answers };
  }
  const arrived = () => server.windows.map(({ run_id }) => Number(run_id));
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

  it("arrive with token, project and the time they were sent at, and the answer is heard", async () => {
    server.want = [{ stream_id: "demo", elements: ["p/enc"], until: "2026-01-01T00:00:00Z" }];
    const before = Date.now();
    const { output, answers, lines, lost } = outputTo(server.url);
    output.send(numbered(0));
    expect(await output.close(5000)).toBe(true);
    const [body] = server.bodies;
    expect(body).toMatchObject({ url: "/api/pipeline-windows", token: "t0ken", project: "demo", windows: 1 });
    expect(body?.sentMs).toBeGreaterThanOrEqual(before);
    expect(body?.sentMs).toBeLessThanOrEqual(Date.now());
    expect(server.problems).toEqual([]);
    expect(answers).toEqual([{ accepted: 1, want: server.want }]);
    expect([lines, lost, output.bytes]).toEqual([[], {}, 0]);
  });

  it("go by one connection, one after the other", async () => {
    const { output } = outputTo(server.url);
    for (let n = 0; n < 4; n++) {
      output.send(numbered(n));
      await until("it", () => server.windows.length === n + 1);
    }
    expect([server.connections, server.bodies.length]).toEqual([1, 4]);
    expect(await output.close(1000)).toBe(true);
    await until("the end of the connection", () => server.open === 0);
  });

  it("are packed where that saves packets: not one of a few elements, and not what stays on this machine", async () => {
    const port = Number(new URL(server.url).port);
    const proxy = await FakeProxy.start({ hosts: { "service.example": port } });
    vi.stubEnv("http_proxy", proxy.url);
    const large = { ...window, sinks: Array.from({ length: 99 }, () => ({ path: "p/out", buffers: 1, media_ms: 1 })) };
    try {
      for (const [url, of] of [
        ["http://service.example", large],
        ["http://service.example", window],
        [server.url, large],
      ] as const) {
        const { output } = outputTo(url);
        output.send(of);
        expect(await output.close(5000)).toBe(true);
      }
    } finally {
      vi.unstubAllEnvs();
      await proxy.stop();
    }
    expect(server.bodies.map(({ encoding }) => encoding)).toEqual(["gzip", undefined, undefined]);
    const [packed = 0, , plain = 0] = server.bodies.map(({ bytes }) => bytes);
    expect(packed).toBeLessThan(plain / 5);
    expect(server.windows.map(({ sinks }) => sinks.length)).toEqual([99, 0, 99]);
  });

  it("that waited go together, sixty at most, in their order", async () => {
    server.status = 503;
    const { output, lost } = outputTo(server.url);
    output.send(numbered(0));
    await until("a first try", () => server.requests > 0);
    for (let n = 1; n < 130; n++) output.send(numbered(n));
    server.status = 202;
    await until("all", () => server.windows.length === 130);
    expect(arrived()).toEqual(upTo(130));
    expect(Math.max(...server.bodies.map(({ windows }) => windows))).toBe(60);
    expect(server.bodies.length).toBeLessThanOrEqual(4);
    expect(lost).toEqual({});
    expect(await output.close(1000)).toBe(true);
  });

  it("that are large go in several bodies, none of which is larger than the service takes", async () => {
    const { output } = outputTo(server.url, { limits: { windows: 60, bodyBytes: 100_000 } });
    server.status = 503;
    const large = {
      ...window,
      sinks: Array.from({ length: 500 }, () => ({ path: "x".repeat(40), buffers: 1, media_ms: 1 })),
    };
    for (let n = 0; n < 9; n++) output.send({ ...large, run_id: String(n) });
    await until("a first try", () => server.requests > 0);
    server.status = 202;
    await until("all", () => server.windows.length === 9);
    expect(Math.max(...server.bodies.map(({ windows }) => windows))).toBe(2);
    await output.close(1000);
  });

  it("beyond the bound go, the oldest first, and each is counted", async () => {
    server.status = 503;
    const bytes = JSON.stringify(numbered(100)).length;
    const { output, lost, lines } = outputTo(server.url, {
      maxBytes: 20 * bytes,
      limits: { windows: 5, bodyBytes: 1e6 },
    });
    for (let n = 100; n < 200; n++) output.send(numbered(n));
    expect(output.bytes).toBeLessThanOrEqual(20 * bytes);
    server.status = 202;
    await until("the newest", () => arrived().includes(199));
    expect(await output.close(5000)).toBe(true);
    expect(server.windows.length + (lost.ERR_UPLOAD_OVERFLOW ?? 0)).toBe(100);
    expect(lost.ERR_UPLOAD_OVERFLOW).toBeGreaterThanOrEqual(79);
    expect(arrived().slice(-15)).toEqual(Array.from({ length: 15 }, (_, i) => 185 + i));
    expect(lines.filter((line) => line.includes("not delivered")).length).toBeLessThanOrEqual(1);
  });

  it.each([
    [401, "ERR_UPLOAD_DENIED", "windows-token"],
    [403, "ERR_UPLOAD_DENIED", "windows-token"],
    [422, "ERR_UPLOAD_INVALID", "windows[0].state is missing"],
    [404, "ERR_UPLOAD_MISROUTED", "check the server address"],
  ])("that the service refuses with %i are not sent again, and the log says what to do", async (status, code, says) => {
    Object.assign(server, { status, message: "windows[0].state is missing" });
    const { output, lost, lines } = outputTo(server.url);
    output.send(numbered(0));
    await until("the loss", () => lost[code] === 1);
    expect(server.requests).toBe(1);
    expect(lines.join("\n")).toContain(says);
    expect(lines.join("\n")).toContain(`message="windows[0].state is missing`);
    expect(lines.join("\n")).not.toContain("t0ken");
    await output.close(100);
    expect(server.requests).toBe(1);
  });

  it("are counted where nobody answers until the end, and where something else than the service answers", async () => {
    const { url } = server;
    await server.stop();
    const gone = outputTo(url);
    gone.output.send(numbered(0));
    gone.output.send(numbered(1));
    expect(await gone.output.close(200)).toBe(false);
    expect(Object.values(gone.lost).reduce((sum, n) => sum + n, 0)).toBe(2);
    server = await WindowsServer.start();
  });

  describe("while the service is away for ten minutes", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
    afterEach(() => void vi.useRealTimers());

    const turns = async (count = 8) => {
      for (let n = 0; n < count; n++) await new Promise((next) => setImmediate(next));
    };
    const elements = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...{ path: `pipeline0/bin0/element${i}`, factory: "identity", class: "work" },
        ...{ threads: ["pipeline0/queue0"], feeds: [`pipeline0/bin0/element${i + 1}`], queue: null },
        ...{ buffers_in: 100, buffers_out: 100, bytes_in: 614_400, own_ms: i / 7, driver_ms: 0, cpu_ms: i / 3 },
        ...{ blocked_ms: { timer: i / 9, lock: i / 11 }, drops: 0, flow_errors: 0 },
      }));

    /** A window every two seconds of a clock that the test sets; returns the most bytes that waited. */
    async function awayFor(windows: number, count: number) {
      server.status = 503;
      const all = outputTo(server.url, { backoff: { firstMs: 1000, maxMs: 10_000 } });
      let most = 0;
      for (let n = 0; n < windows; n++) {
        all.output.send({ ...numbered(n), elements: elements(count) });
        most = Math.max(most, all.output.bytes);
        await vi.advanceTimersByTimeAsync(2000);
        await turns();
      }
      const asked = server.requests;
      server.status = 202;
      // Real time here: bodies are packed and read by other threads and sockets.
      for (const end = Date.now() + 60_000; all.output.bytes > 0 && Date.now() < end; ) {
        await vi.advanceTimersByTimeAsync(10);
        await turns();
      }
      return { ...all, most, asked };
    }

    it("all windows of thirty elements wait, and arrive in their order in a few bodies", async () => {
      const { most, lost, asked, lines } = await awayFor(300, 30);
      expect(arrived()).toEqual(upTo(300));
      expect([lost, server.problems]).toEqual([{}, []]);
      expect(most).toBeLessThanOrEqual(4 * 1024 * 1024);
      expect(server.bodies.length).toBeLessThanOrEqual(8);
      expect(server.bodies.map(({ encoding }) => encoding)).toContain("gzip");
      // Up to 10 s, at random, between two tries: some six a minute at least, and none twice in one window's time.
      expect(asked).toBeGreaterThan(10);
      expect(asked).toBeLessThan(400);
      expect(lines.filter((line) => line.includes("not delivered"))).toHaveLength(1);
    });

    it("of a hundred elements the newest wait, within the bound, and each older one is counted", async () => {
      const { most, lost } = await awayFor(300, 100);
      const newest = arrived().slice(-60);
      expect(newest).toEqual(Array.from({ length: 60 }, (_, i) => 240 + i));
      expect(Object.keys(lost)).toEqual(["ERR_UPLOAD_OVERFLOW"]);
      expect(server.windows.length + (lost.ERR_UPLOAD_OVERFLOW ?? 0)).toBe(300);
      expect(most).toBeLessThanOrEqual(4 * 1024 * 1024);
    });

    it("and five more, those that are too old by then are counted as expired, and the others arrive", async () => {
      const { lost } = await awayFor(540, 1);
      expect(Object.keys(lost)).toEqual(["ERR_UPLOAD_EXPIRED"]);
      expect(server.windows.length + (lost.ERR_UPLOAD_EXPIRED ?? 0)).toBe(540);
      expect(arrived().at(-1)).toBe(539);
    });
  });
});
