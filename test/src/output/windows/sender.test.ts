// Does each window arrive once, together with others when the service was away, and is what it refuses or never gets counted?
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../../../src/log.js";
import { type WindowsOptions, WindowsOutput } from "../../../../src/output/windows/sender.js";
import { windowLimits } from "../../../../src/windows/pipeline-window.js";
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
});
