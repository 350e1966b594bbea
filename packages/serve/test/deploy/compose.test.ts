// Do the compose files hold what can be seen without a daemon: images pinned, ports on this machine only, files and names that exist?
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { optionTable, variableOf } from "../../src/options.js";

interface Container {
  image?: string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
}
interface Compose {
  services: Record<string, Container>;
  volumes?: Record<string, unknown>;
  secrets?: Record<string, { environment?: string }>;
}

const deploy = fileURLToPath(new URL("../../../../deploy/", import.meta.url));
const folder = `${deploy}compose/`;
const textOf = (path: string): string => readFileSync(path, "utf8");
const names = readdirSync(folder).sort();
const otel = textOf(fileURLToPath(new URL("../../src/telemetry/otlp-endpoint.ts", import.meta.url)));
const knownVariables = new Set([
  ...(Object.keys(optionTable) as (keyof typeof optionTable)[]).map(variableOf),
  ...(otel.match(/\bOTEL_\w+/g) ?? []),
]);

/** What is wrong with a file, one sentence each; `from`: the folder that its paths start in. */
function problems(text: string, from = folder): string[] {
  const { services, volumes = {}, secrets = {} } = parse(text) as Compose;
  const found: string[] = [];
  const seen = new Set<string>();
  for (const [name, { image, ports = [], volumes: mounts = [], ...more }] of Object.entries(services)) {
    if (image !== undefined && !/^[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*$/.test(image))
      found.push(`${name}: ${image} is not pinned`);
    for (const port of ports) {
      const [, outside = port] = /^127\.0\.0\.1:(\d+):\d+$/.exec(port) ?? [];
      if (outside === port) found.push(`${name}: ${port} is open to other machines`);
      if (seen.has(outside)) found.push(`${name}: port ${outside} is taken twice`);
      seen.add(outside);
    }
    for (const mount of mounts) {
      const [source = ""] = mount.split(":");
      const there = source.startsWith(".") ? existsSync(resolve(from, source)) : source in volumes;
      if (!there) found.push(`${name}: ${source} does not exist`);
    }
    for (const variable of Object.keys(more.environment ?? {}))
      if (!knownVariables.has(variable)) found.push(`${name}: nobody reads ${variable}`);
    for (const secret of more.secrets ?? [])
      if (secrets[secret]?.environment === undefined) found.push(`${name}: the secret ${secret} comes from nowhere`);
  }
  return found;
}

test("the check finds what is planted", () => {
  const planted = `
services:
  a: { image: "node:latest", ports: ["8080:8080"], environment: { GST_PYROSCOPE_SERVE_PROT: "1" }, secrets: [none] }
  b: { image: "node:22", ports: ["127.0.0.1:1:1", "127.0.0.1:1:2"], volumes: ["./none.yml:/x:ro", "nowhere:/y"] }`;
  expect(problems(planted)).toEqual([
    "a: node:latest is not pinned",
    "a: 8080:8080 is open to other machines",
    "a: nobody reads GST_PYROSCOPE_SERVE_PROT",
    "a: the secret none comes from nowhere",
    "b: node:22 is not pinned",
    "b: port 1 is taken twice",
    "b: ./none.yml does not exist",
    "b: nowhere does not exist",
  ]);
});

test.each(names)("%s says that no test runs it, and nothing is wrong with it", (name) => {
  const text = textOf(folder + name);
  expect(text.split("\n")[0]).toBe("# Not run by our tests; the docker-free twin is `npm run lab`.");
  expect(problems(text)).toEqual([]);
});

test("together they take no port twice, and every container has an image", () => {
  expect(names).toEqual(["observability.yml", "session-service.yml"]);
  const all = names
    .map((name) => parse(textOf(folder + name)) as Compose)
    .flatMap(({ services }) => Object.entries(services));
  const ports = all.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(":")[1]));
  expect([...new Set(ports)]).toEqual(ports);
  const withImage = all.filter(([, { image }]) => image !== undefined).map(([name]) => name);
  expect(withImage.sort()).toEqual([...new Set(all.map(([name]) => name))].sort());
});

test("Prometheus reads /api/metrics of the service at its port, with the secret that it is given", () => {
  const { services } = parse(textOf(`${folder}observability.yml`)) as Compose;
  const path = resolve(folder, services.prometheus?.volumes?.[0]?.split(":")[0] ?? "none");
  expect(dirname(path)).toBe(resolve(deploy, "prometheus"));
  const { scrape_configs: jobs } = parse(textOf(path)) as { scrape_configs: unknown[] };
  const [secret] = services.prometheus?.secrets ?? [];
  expect(jobs).toEqual([
    expect.objectContaining({
      metrics_path: "/api/metrics",
      authorization: { credentials_file: `/run/secrets/${secret}` },
      static_configs: [{ targets: [`session-service:${optionTable.port.fallback}`] }],
    }),
  ]);
});

test("the collector listens where the service sends", () => {
  const { services } = parse(textOf(`${folder}observability.yml`)) as Compose;
  const sent = new URL(services["session-service"]?.environment?.OTEL_EXPORTER_OTLP_ENDPOINT ?? "");
  const { receivers } = parse(textOf(`${deploy}otelcol/session-service.yml`)) as {
    receivers: { otlp: { protocols: { http: { endpoint: string } } } };
  };
  expect(Object.keys(services)).toContain(sent.hostname);
  expect(receivers.otlp.protocols.http.endpoint.split(":")[1]).toBe(sent.port);
});
