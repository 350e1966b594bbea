// How do Prometheus and an OpenTelemetry collector watch the lab, without containers? The lab, with both of them beside it.
//   observability.mjs [--smoke]   runs until Ctrl-C; --smoke asks both what they have, and ends
// SPDX-License-Identifier: MPL-2.0
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, start, until } from "./lab/processes.mjs";
import { startLab } from "./lab.mjs";
import { asProgram, root, StepFailed } from "./steps.mjs";

/** On the path, or as the servers of the tests are built. */
function programNamed(...names) {
  const folders = [...(process.env.PATH ?? "").split(":"), `${root}test/servers/bin`];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const scrapeConfig = (target) => `global: { scrape_interval: 2s }
scrape_configs:
  - job_name: gst-pyroscope-sessions
    metrics_path: /api/metrics
    static_configs: [{ targets: ["${target}"] }]
`;

const collectorConfig = (endpoint) => `receivers: { otlp: { protocols: { http: { endpoint: "${endpoint}" } } } }
exporters: { debug: { verbosity: detailed } }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`;

async function answers(url) {
  return (await fetch(url).catch(() => ({ ok: false }))).ok;
}

async function startPrometheus(program, { dataDir, url }) {
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(dataDir, "prometheus.yml");
  writeFileSync(config, scrapeConfig(new URL(url).host));
  const storage = `--storage.tsdb.path=${join(dataDir, "prometheus")}`;
  const args = [`--config.file=${config}`, storage, `--web.listen-address=${address}`];
  const server = start("Prometheus", program, args);
  await until("Prometheus answers", () => answers(`http://${address}/-/ready`), { processes: [server] });
  return { server, url: `http://${address}` };
}

async function startCollector(program, dataDir) {
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(dataDir, "otelcol.yml");
  writeFileSync(config, collectorConfig(address));
  const server = start("the collector", program, [`--config=${config}`]);
  const isReady = () => answers(`http://${address}/`).then((ok) => ok || server.errors.includes("Everything is ready"));
  await until("the collector is ready", isReady, { processes: [server] });
  return { server, url: `http://${address}` };
}

/** What Prometheus has of the session service, and what the collector has printed. */
async function smoke({ url }, prometheus, collector) {
  const checks = [];
  const check = (name, good) => {
    checks.push(good);
    console.log(`${good ? "ok  " : "FAIL"} ${name}`);
  };
  const value = async (query) => {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    return Number((await answer.json()).data?.result?.[0]?.value?.[1]);
  };
  const within = (what, holds) => until(what, holds, { ms: 30_000 }).then(() => true, () => false); // biome-ignore format: one thought
  check("Prometheus reads the session service", await within("a scrape", async () => (await value("up")) === 1));
  const session = `observability-${Date.now().toString(36)}`;
  check("an event is accepted", (await post(url, session)).status === 202);
  const counted = async () => (await value("mtrace_playback_events_total")) >= 1;
  check("Prometheus has counted it", await within("the counter", counted));
  if (collector !== undefined) {
    const printed = () => [...collector.server.lines, collector.server.errors].join("\n");
    check(
      "the collector has a span of it",
      await within("a span", () => /service\.name.*gst-pyroscope/.test(printed())),
    );
    check("the span has no session id", !printed().includes(session));
  }
  const failed = checks.filter((good) => !good).length;
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  if (failed > 0) throw new StepFailed("Prometheus or the collector does not have what the session service told");
}

function post(url, session) {
  const event = {
    ...{ event_name: "playback_started", project_id: "demo", session_id: session, sequence_number: 0 },
    ...{ client_timestamp: new Date().toISOString(), sdk: { name: "smoke", version: "1.0.0" } },
  };
  const headers = { "X-MTrace-Token": "demo-token", "Content-Type": "application/json" };
  const body = JSON.stringify({ schema_version: "1.0", events: [event] });
  return fetch(`${url}/api/playback-events`, { method: "POST", headers, body });
}

function show(lab, prometheus, collector) {
  console.log(`dashboard:    ${lab.dashboard}`);
  console.log(`demo player:  ${lab.players[0].player}`);
  console.log(`Prometheus:   ${prometheus.url}/graph?g0.expr=mtrace_active_sessions`);
  if (collector !== undefined) console.log(`collector:    ${collector.url}/v1/traces`);
  console.log("Ctrl-C ends all of it, and removes its data.");
}

const interrupted = () =>
  new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, resolve);
  });

function programs() {
  const prometheus = programNamed("prometheus");
  if (prometheus === undefined)
    throw new StepFailed(
      "prometheus is missing: install the package prometheus, or run test/servers/build.sh, which builds it with Go.",
    );
  const collector = programNamed("otelcol", "otelcol-contrib");
  if (collector === undefined)
    console.log("left out: the collector; run test/servers/build.sh, or put otelcol on the path, to see spans too.");
  return { prometheus, collector };
}

await asProgram(import.meta.url, async ([option]) => {
  if (option !== undefined && option !== "--smoke") throw new StepFailed("there is only --smoke", 2);
  const { prometheus: scraper, collector: receiver } = programs();
  const dataDir = mkdtempSync(join(tmpdir(), "gst-pyroscope-observability-"));
  const ending = [() => rmSync(dataDir, { recursive: true, force: true })];
  const endLater = ({ server }) => ending.push(() => end(server, () => server.child.kill("SIGTERM")));
  try {
    const stopped = interrupted();
    const early = stopped.then(() => Promise.reject(new StepFailed("ended before all was checked")));
    early.catch(() => {}); // said where it is waited for
    const collector = receiver === undefined ? undefined : await startCollector(receiver, dataDir);
    if (collector !== undefined) endLater(collector);
    const env = collector === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const lab = await startLab({ dataDir, env });
    ending.push(() => lab.stop());
    const prometheus = await startPrometheus(scraper, { dataDir, url: lab.url });
    endLater(prometheus);
    if (option === "--smoke") return await Promise.race([smoke(lab, prometheus, collector), early]);
    show(lab, prometheus, collector);
    await stopped;
  } finally {
    for (const one of ending.toReversed()) await one();
  }
});
