// Does each signal go where it was told, by its own settings first and by those of all signals for the rest?
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../../../src/config/config.js";
import { signalSettings } from "../../../../src/output/otlp/settings.js";
import { scratch } from "../../../helpers/scratch.js";

const otlp = (environment: Record<string, string>) => {
  const named = Object.entries(environment).map(([name, value]) => [`OTEL_EXPORTER_OTLP_${name}`, value]);
  return resolveConfig({ environment: Object.fromEntries(named) }).config;
};
const both = { ENDPOINT: "http://c:4317", METRICS_ENDPOINT: "http://m:4318/own" };

describe("the address", () => {
  it("of all signals gets a path by its signal; one's own is whole already", () => {
    const config = otlp(both);
    expect(signalSettings(config, "traces")).toMatchObject({ endpoint: "http://c:4317", exact: false });
    expect(signalSettings(config, "metrics")).toMatchObject({ endpoint: "http://m:4318/own", exact: true });
  });

  it("that is none, an exporter that is none, and a switch for everything lead nowhere", () => {
    expect(signalSettings(otlp({ ENDPOINT: "none" }), "traces")).toBeNull();
    const only = resolveConfig({
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_TRACES_EXPORTER: "none" },
    });
    expect(signalSettings(only.config, "traces")).toBeNull();
    expect(signalSettings(only.config, "metrics")).not.toBeNull();
    const off = resolveConfig({
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_SDK_DISABLED: "true" },
    });
    expect([signalSettings(off.config, "traces"), signalSettings(off.config, "metrics")]).toEqual([null, null]);
  });
});

describe("the protocol", () => {
  const protocolOf = (environment: Record<string, string>) => signalSettings(otlp(environment), "traces")?.protocol;

  it("follows the port where nobody says, and what is said before it", () => {
    expect(protocolOf({ ENDPOINT: "http://c:4318" })).toBe("http/protobuf");
    expect(protocolOf({ ENDPOINT: "http://c:4317" })).toBe("grpc");
    expect(protocolOf({ ENDPOINT: "https://c/4318" })).toBe("grpc");
    expect(protocolOf({ ENDPOINT: "http://c:4318", PROTOCOL: "grpc" })).toBe("grpc");
    expect(protocolOf({ ENDPOINT: "http://c:4318", PROTOCOL: "grpc", TRACES_PROTOCOL: "http/protobuf" })).toBe(
      "http/protobuf",
    );
  });
});

describe("everything else", () => {
  it("is one's own where there is one, else that of all signals", () => {
    const config = otlp({
      ...both,
      HEADERS: "a=1",
      TRACES_HEADERS: "b=2",
      COMPRESSION: "gzip",
      TRACES_COMPRESSION: "none",
    });
    expect(signalSettings(config, "traces")).toMatchObject({ headers: { b: "2" }, gzip: false });
    expect(signalSettings(config, "metrics")).toMatchObject({ headers: { a: "1" }, gzip: true });
  });

  it("has a time for each try: one's own, that of all, ten seconds", () => {
    const timeouts = (environment: Record<string, string>) =>
      (["traces", "metrics"] as const).map(
        (signal) => signalSettings(otlp({ ...both, ...environment }), signal)?.timeoutMs,
      );
    expect(timeouts({})).toEqual([10_000, 10_000]);
    expect(timeouts({ TIMEOUT: "3000" })).toEqual([3000, 3000]);
    expect(timeouts({ TIMEOUT: "3000", METRICS_TIMEOUT: "500" })).toEqual([3000, 500]);
  });

  it("has the certificates' contents, and none of a file that is gone by now", () => {
    const dir = scratch("pem");
    mkdirSync(dir);
    const [all, own] = [join(dir, "all.pem"), join(dir, "own.pem")];
    for (const path of [all, own]) writeFileSync(path, `-----BEGIN CERTIFICATE-----\n${path}`);
    const config = otlp({ ...both, CERTIFICATE: all, TRACES_CERTIFICATE: own, CLIENT_KEY: own });
    expect(signalSettings(config, "traces")?.tls?.ca?.toString()).toContain("own.pem");
    expect(signalSettings(config, "metrics")?.tls?.ca?.toString()).toContain("all.pem");
    rmSync(all);
    const { tls } = signalSettings(config, "metrics") ?? {};
    expect([tls?.ca, tls?.cert, tls?.key?.toString().includes("own.pem")]).toEqual([undefined, undefined, true]);
  });
});
