// Does every option get the value a person meant, and does a wrong one say so without stopping anything?
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { environment, resolveConfig, serversOf, withEnvironment } from "../../../src/config/config.js";
import type { Layers } from "../../../src/config/configuration.js";

const directories: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function fileWith(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "pyro-config-"));
  directories.push(directory);
  const path = join(directory, "settings.json");
  writeFileSync(path, text);
  return path;
}

function resolve(layers: Layers) {
  return resolveConfig({ environment: {}, ...layers });
}

function sourceOf(name: string, layers: Layers) {
  return resolve(layers).settings.find((setting) => setting.name === name);
}

describe("a preset", () => {
  const preset = { "server-url": "none", "sample-rate": "0" };

  test("is another default: everything that a person says wins", () => {
    expect(sourceOf("server-url", { preset })).toMatchObject({ value: "", source: "preset" });
    expect(sourceOf("tracer-name", { preset })).toMatchObject({ source: "default" });
    const asked = { preset, environment: { PYROSCOPE_SERVER_ADDRESS: "http://pyroscope:1" } };
    expect(sourceOf("server-url", asked)).toMatchObject({ value: "http://pyroscope:1" });
    expect(sourceOf("sample-rate", { preset, file: fileWith('{"sample-rate": 50}') })).toMatchObject({ value: 50 });
  });
});

describe("the port", () => {
  test("comes from the older tracer's variable too, and nonsense there names it and opens none", () => {
    const read = (text: string) => resolve({ environment: { GST_PROMETHEUS_TRACER_PORT: text } });
    expect(read("9092").config.port).toBe(9092);
    for (const nonsense of ["abc", "70000", "-1", "9092x"]) {
      const { config, problems } = read(nonsense);
      expect([config.port, problems.length]).toEqual([0, 1]);
      expect(problems[0]?.text).toContain("GST_PROMETHEUS_TRACER_PORT");
    }
    expect(read("").problems).toEqual([]);
  });
});

describe("precedence", () => {
  const layers: Layers = {
    flags: { "server-url": "http://flag:1" },
    tracer: { "server-url": "http://tracer:1" },
    environment: {
      GST_PYROSCOPE_SERVER_URL: "http://own:1",
      PYROSCOPE_SERVER_ADDRESS: "http://pyroscope:1",
    },
  };

  test("flag, tracer parameter, own variable, known variable, file and default win in this order", () => {
    layers.file = fileWith('{"server-url": "http://file:1"}');
    const seen: [unknown, string | undefined][] = [];
    const without = structuredClone(layers);
    const look = () => {
      const setting = sourceOf("server-url", without);
      seen.push([setting?.value, setting?.source]);
    };
    look();
    delete without.flags;
    look();
    delete without.tracer;
    look();
    delete without.environment?.GST_PYROSCOPE_SERVER_URL;
    look();
    delete without.environment?.PYROSCOPE_SERVER_ADDRESS;
    look();
    delete without.file;
    look();
    expect(seen).toEqual([
      ["http://flag:1", "--server-url"],
      ["http://tracer:1", "tracer parameter"],
      ["http://own:1", "GST_PYROSCOPE_SERVER_URL"],
      ["http://pyroscope:1", "PYROSCOPE_SERVER_ADDRESS"],
      ["http://file:1", layers.file],
      ["http://localhost:4040", "default"],
    ]);
  });

  test("the service name is OTEL_SERVICE_NAME before PYROSCOPE_APPLICATION_NAME", () => {
    const environment = { OTEL_SERVICE_NAME: "otel", PYROSCOPE_APPLICATION_NAME: "pyroscope" };
    expect(resolve({ environment }).config.tracerName).toBe("otel");
    expect(resolve({ environment: { PYROSCOPE_APPLICATION_NAME: "pyroscope" } }).config.tracerName).toBe("pyroscope");
  });

  test("run sends nothing unless somebody names a server", () => {
    const alone = resolve({ underRun: true }).config;
    expect([alone.serverUrl, alone.otlpEndpoint]).toEqual(["", ""]);
    const asked = resolve({ underRun: true, environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317" } }).config;
    expect([asked.serverUrl, asked.otlpEndpoint]).toEqual(["", "http://c:4317"]);
  });

  test("an empty variable is an unset one", () => {
    expect(sourceOf("timing", { environment: { GST_PYROSCOPE_TIMING: "" } })?.source).toBe("default");
  });

  test("GST_PYROSCOPE_CONFIG names the file when no flag does", () => {
    const path = fileWith('{"sample-rate": 7, "tags": {"env": "dev"}}');
    const { config, problems } = resolve({ environment: { GST_PYROSCOPE_CONFIG: path } });
    expect([config.sampleRate, config.tags, problems]).toEqual([7, { env: "dev" }, []]);
  });
});

describe("wrong values", () => {
  test("service.name of OTEL_RESOURCE_ATTRIBUTES counts where OTEL_SERVICE_NAME is unset", () => {
    const named = (environment: Record<string, string>) => resolveConfig({ environment }).config.tracerName;
    const OTEL_RESOURCE_ATTRIBUTES = "a=b, service.name = my%20cam ,c=d";
    expect(named({ OTEL_RESOURCE_ATTRIBUTES })).toBe("my cam");
    expect(named({ OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: "" })).toBe("my cam");
    expect(named({ OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: "other" })).toBe("other");
    expect(named({ OTEL_RESOURCE_ATTRIBUTES, PYROSCOPE_APPLICATION_NAME: "older" })).toBe("my cam");
    for (const none of ["", "service.name=", "service.name=%", "x.service.name=a"])
      expect(named({ OTEL_RESOURCE_ATTRIBUTES: none })).toBe("gst.pyroscope");
  });

  test("an empty address is none: it would be every address of the machine", () => {
    for (const layers of [{ flags: { address: "" } }, { tracer: { address: " " } }]) {
      const { config, problems } = resolve(layers);
      expect(config.address).toBe("127.0.0.1");
      expect(problems.map(({ text }) => text)).toEqual([
        expect.stringMatching(/^address .*: empty; using 127\.0\.0\.1$/),
      ]);
    }
  });

  test("are all reported together, and the next source counts", () => {
    const { config, problems } = resolve({
      flags: { timing: "wrp", "sample-rate": "fast" },
      environment: { GST_PYROSCOPE_SAMPLE_RATE: "1000000", GST_PYROSCOPE_TIMIGN: "off", GST_PYROSCOPE_TIMING: "off" },
    });
    expect([config.timing, config.sampleRate]).toEqual(["off", 100]);
    expect(problems.map((problem) => problem.text)).toEqual([
      "GST_PYROSCOPE_TIMIGN: unknown, ignored (did you mean GST_PYROSCOPE_TIMING?)",
      'sample-rate (--sample-rate): "fast" is not a whole number; using 100',
      "sample-rate (GST_PYROSCOPE_SAMPLE_RATE): 1000000 is outside 0 to 1000; using 100",
      'timing (--timing): "wrp" is none of wrap, hooks, off (did you mean wrap?); using off',
    ]);
  });

  test.each([
    ["missing", undefined, "ENOENT"],
    ["not JSON", '{"auth-token": "hunter2"', "not a JSON object"],
    ["a list", "[1]", "not a JSON object"],
  ])("in a file that is %s leave the file out and quote nothing from it", (_, text, why) => {
    const path = text === undefined ? "/nonexistent/settings.json" : fileWith(text);
    const { problems, config } = resolve({ file: path });
    expect(problems.map((problem) => problem.text)).toEqual([`${path}: ${why}; the file is ignored`]);
    expect(config.authToken).toBe("");
  });

  test("in a file name the key that was meant", () => {
    const path = fileWith('{"sample-rat": 5}');
    expect(resolve({ file: path }).problems[0]?.text).toBe(
      `${path}: sample-rat: unknown, ignored (did you mean sample-rate?)`,
    );
  });

  test("never print a secret", () => {
    const { settings, problems } = resolve({
      flags: { "server-url": "http://ana:hunter2@h:1/?token=hunter2" },
      tracer: { "server-url": "ftp://ana:hun/ter2@h" },
      environment: {
        PYROSCOPE_AUTH_TOKEN: "hunter2",
        PYROSCOPE_BASIC_AUTH_PASSWORD: "hunter2",
        PYROSCOPE_HTTP_HEADERS: '{"Authorization": "hunter2", "b\\nad": "hunter2"}',
        OTEL_EXPORTER_OTLP_ENDPOINT: "hunter://ana:hunter2@h",
      },
    });
    expect(problems.length).toBeGreaterThanOrEqual(2);
    const lonely = resolve({ environment: { PYROSCOPE_HTTP_HEADERS: "hunter2" } }).problems;
    expect(lonely).toHaveLength(1);
    const said = JSON.stringify([lonely, problems, settings.map((setting) => setting.shown)]);
    expect(said).not.toMatch(/hunter2|ter2/);
    expect(said).toContain("http://***@h:1/?token=***");
  });
});

test("a bare number counts milliseconds where its variable says so", () => {
  expect(resolve({ environment: { OTEL_METRIC_EXPORT_INTERVAL: "30000" } }).config.otlpInterval).toBe(30_000);
});

test("under run anything is sent only where somebody says, whichever variable names it", () => {
  const servers = (environment: Record<string, string>) =>
    serversOf(resolveConfig({ environment, underRun: true }).config);
  const url = "http://collector:4317";
  expect(servers({})).toEqual([]);
  for (const name of ["ENDPOINT", "METRICS_ENDPOINT", "TRACES_ENDPOINT"])
    expect(servers({ [`OTEL_EXPORTER_OTLP_${name}`]: url })).toEqual([url]);
  expect(servers({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: "true" })).toEqual([]);
});

test("variables that one piece of work sees are its own: afterwards, and where it fails, all is as before", () => {
  vi.stubEnv("PYRO_TEST", "ours");
  const seen = () => [environment().PYRO_TEST, process.env.PATH];
  const before = seen();
  expect(withEnvironment({ PYRO_TEST: "its" }, seen)).toEqual(["its", undefined]);
  const fails = () => {
    throw new Error("bad");
  };
  expect(() => withEnvironment({}, fails)).toThrow("bad");
  expect(seen()).toEqual(before);
});
