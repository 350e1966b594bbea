// Does `doctor` say where every value comes from, hide secrets, and fail only when profiling cannot work?
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import type { AskedAgent } from "../../../src/commands/agents.js";
import { doctor } from "../../../src/commands/doctor.js";
import { optionTable } from "../../../src/config/options.js";
import { probeServer } from "../../../src/delivery/probe.js";
import { destinationsOf } from "../../../src/output/destinations.js";
import { FakeProxy } from "../../helpers/fake-proxy.js";
import { agentWith, statusOf } from "../../helpers/statuses.js";

const parts = {
  environment: { PATH: process.env.PATH, PYROSCOPE_AUTH_TOKEN: "hunter2", OTEL_SERVICE_NAME: "studio" },
  pluginFolder: "/nonexistent/plugin",
  loadNative: () => ({}),
  destinations: destinationsOf,
  probe: undefined,
};

describe("doctor", () => {
  const rowsOf = (lines: string[]) =>
    lines.slice(lines.findIndex((line) => line.startsWith("Options")) + 1).map((line) => line.trim().split(/ {2,}/));

  test("begins with checks, then shows only what somebody set, with its source, and no secret", async () => {
    const { lines } = await doctor({ flags: { timing: "off", "upload-interval": "90000ms" } }, parts);
    expect(lines[0]).toBe("This machine");
    expect(lines).toContain(`Options (--all shows ${optionTable.length - 4} more, which are as by default)`);
    expect(rowsOf(lines)).toEqual([
      ["tracer-name", "studio", "OTEL_SERVICE_NAME"],
      ["timing", "off", "--timing"],
      ["auth-token", "***", "PYROSCOPE_AUTH_TOKEN"],
      ["upload-interval", "90s", "--upload-interval"],
    ]);
    expect(lines.join("\n")).not.toContain("hunter2");
  });

  test("says in one line that nothing is set", async () => {
    const { lines } = await doctor({}, { ...parts, environment: { PATH: process.env.PATH } });
    expect(lines.at(-1)).toBe(`Options: all ${optionTable.length} are as by default; --all shows them`);
  });

  test("with --all prints every option once, each as a person would write it", async () => {
    const { lines } = await doctor({ all: true }, { ...parts, environment: { PATH: process.env.PATH } });
    const rows = rowsOf(lines);
    expect(rows.map(([name]) => name)).toEqual(optionTable.map(({ name }) => name));
    expect(rows.map(([, value]) => (value === "-" ? "" : value))).toEqual(optionTable.map((row) => row.default));
  });

  test("is not well without the plugin, and says where it looked", async () => {
    const { lines, healthy } = await doctor({}, parts);
    expect(healthy).toBe(false);
    expect(lines.find((line) => line.includes("FAIL"))).toContain("/nonexistent/plugin/libgstpyroscope.so");
  });

  test("says why the native half does not load", async () => {
    const loadNative = () => {
      throw new Error("no such module\nRequire stack: …");
    };
    const { lines } = await doctor({}, { ...parts, loadNative });
    expect(lines.some((line) => /FAIL {2}agent, native +no such module$/.test(line))).toBe(true);
  });

  test("a wrong option is a note with the name that was meant", async () => {
    const environment = { ...parts.environment, GST_PYROSCOPE_TIMIGN: "off" };
    const { lines } = await doctor({}, { ...parts, environment });
    expect(lines.some((line) => line.includes("note") && line.includes("GST_PYROSCOPE_TIMING?"))).toBe(true);
  });

  test("says in one line where the control sockets are, which agents have one, and how many processes run", async () => {
    const environment = { ...parts.environment, XDG_RUNTIME_DIR: tmpdir() };
    const line = async (agents: AskedAgent[]) => {
      const { lines } = await doctor({}, { ...parts, environment, agents: async () => agents });
      return lines.filter((one) => one.includes("control socket")).map((one) => one.replace(/\/\S+:/, "FOLDER:"));
    };
    expect(await line([])).toEqual([
      "  ok    control socket    FOLDER: no agent runs, 0 processes profiled (gst-pyroscope ps)",
    ]);
    const ended = statusOf({ id: 2, pid: 2, state: "ended" });
    expect(await line([agentWith(7, statusOf(), ended), { ...agentWith(8), problem: "silent" }])).toEqual([
      "  ok    control socket    FOLDER: of agents 7, 8, 1 process profiled (gst-pyroscope ps)",
    ]);
  });

  test.skipIf(process.geteuid?.() === 0)(
    "says how to get a control socket where there is no runtime directory",
    async () => {
      const { lines } = await doctor({}, { ...parts, agents: async () => [] });
      expect(lines.find((line) => line.includes("control socket"))).toMatch(/^ {2}note .*export XDG_RUNTIME_DIR=/);
    },
  );

  test("looks at servers only when asked, and tells one that listens from one that does not", async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    const flags = { "server-url": `http://ana:hunter2@127.0.0.1:${port}`, "otlp-endpoint": "http://127.0.0.1:1" };
    const asked = await doctor({ flags }, { ...parts, probe: probeServer });
    await new Promise((done) => server.close(done));
    const found = asked.lines.filter((line) => / server /.test(line)).map((line) => line.trim());
    expect(found).toEqual([
      expect.stringMatching(/^ok .*\*\*\*@127\.0\.0\.1:\d+ gets profiles: direct \(loopback\); accepts connections$/),
      expect.stringMatching(
        /^note .*127\.0\.0\.1:1 gets metrics, traces: direct \(loopback\); the connection was refused.*\(ECONNREFUSED\)$/,
      ),
    ]);
    const { lines } = await doctor({ flags }, parts);
    expect(lines.join("\n")).not.toMatch(/accepts connections|refused/);
  });

  test("says which way everything would go, by which variable, and no password", async () => {
    const environment = {
      ...parts.environment,
      https_proxy: "http://me:hunter2@proxy.example:3128",
      http_proxy: "socks5://me:hunter2@proxy.example",
      no_proxy: "lab.example",
      DEBUGINFOD_URLS: "https://debug.lab.example https://debug.example",
    };
    const flags = { "server-url": "https://pyroscope.example", "otlp-endpoint": "http://collector.example:4317" };
    const { lines } = await doctor({ flags }, { ...parts, environment });
    const found = lines.filter((line) => / server /.test(line)).map((line) => line.trim().split(/ {2,}/).join(" "));
    expect(found).toEqual([
      "ok server https://pyroscope.example gets profiles: through the proxy http://proxy.example:3128 (https_proxy)",
      "note server http://collector.example:4317 gets metrics, traces: nowhere: http_proxy is not the address of a proxy like http://host:3128",
      "ok server https://debug.lab.example gets symbols: direct (no_proxy)",
      "ok server https://debug.example gets symbols: through the proxy http://proxy.example:3128 (https_proxy)",
    ]);
    expect(lines.join("\n")).not.toContain("hunter2");
  });

  test("looks through a proxy by the way that data would go", async () => {
    const proxy = await FakeProxy.start({ hosts: {}, credentials: "me:hunter2" });
    const environment = { ...parts.environment, http_proxy: proxy.url.replace("hunter2", "wrong") };
    const flags = { "server-url": "http://pyroscope.example:4040", "otlp-endpoint": "http://collector.example:4317" };
    const { lines } = await doctor({ flags }, { ...parts, environment, probe: probeServer });
    const asked = [...proxy.asked];
    await proxy.stop();
    const found = lines.filter((line) => / server /.test(line)).map((line) => line.trim());
    expect(found).toEqual([
      expect.stringMatching(/^note .*\(http_proxy\); the proxy answers 407$/),
      expect.stringMatching(
        /^note .*\(http_proxy\); the proxy answers 407 instead of connecting to collector.example:4317$/,
      ),
    ]);
    expect(asked.sort()).toEqual(["CONNECT collector.example:4317", "HEAD http://pyroscope.example:4040/"]);
    expect(lines.join("\n")).not.toMatch(/wrong/);
  });
});
