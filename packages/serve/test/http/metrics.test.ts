// Do 10 000 sessions make no more series than one, has any series a label that nobody allowed, and does the checker see one that is planted?
import { forbiddenLabels, strayAttributes, strayLabels } from "@gst-pyroscope/contract/labels";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";

const SESSIONS = 10_000;
let service: Started;
beforeAll(async () => {
  service = await start();
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

interface Series {
  name: string;
  labels: string[];
}

function seriesIn(text: string): Series[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", labels = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
    return { name, labels: [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label ?? "") };
  });
}

/** What is wrong with the text of a metrics endpoint. */
function wrongIn(text: string): string[] {
  const series = seriesIn(text);
  const labels = series.flatMap(({ name, labels: own }) => strayLabels(own, name).map((label) => `${name}: ${label}`));
  const mandatory = ["playback_events", "invalid_events", "rate_limited_events", "dropped_events"].map(
    (name) => `mtrace_${name}_total`,
  );
  const others = [
    "mtrace_active_sessions",
    "mtrace_playback_errors_total",
    "mtrace_rebuffer_events_total",
    "mtrace_startup_time_ms",
    "mtrace_api_requests_total",
    "mtrace_api_batches_received",
  ];
  const missing = [...mandatory, ...others].filter((name) => series.filter((one) => one.name === name).length !== 1);
  const labelled = series.filter(({ name, labels: own }) => mandatory.includes(name) && own.length > 0);
  return [
    ...labels,
    ...missing.map((name) => `${name}: not once`),
    ...labelled.map(({ name }) => `${name}: a label`),
    ...(series.length < 50 ? [] : ["too many series"]),
  ];
}

describe("metrics", () => {
  test("the checker sees what is planted", async () => {
    const text = await (await service.get("/api/metrics")).text();
    expect(wrongIn(text)).toEqual([]);
    for (const label of ["session_id", "user_agent", "client_ip", "project_id", "manifest_url", "my_token", "colour"])
      expect(wrongIn(`${text}\nmtrace_planted_total{${label}="x"} 1`)).toEqual([`mtrace_planted_total: ${label}`]);
    expect(wrongIn(text.replace("mtrace_dropped_events_total 0", 'mtrace_dropped_events_total{code="200"} 0'))).toEqual(
      ["mtrace_dropped_events_total: a label"],
    );
    expect(wrongIn(text.replace("mtrace_dropped_events_total 0", ""))).toEqual([
      "mtrace_dropped_events_total: not once",
    ]);
    const many = Array.from({ length: 50 }, (_, index) => `more_${index} 1`).join("\n");
    expect(wrongIn(`${text}\n${many}`)).toEqual(["too many series"]);
    expect(forbiddenLabels(["sessionId"])).toEqual(["sessionId"]);
    expect(strayAttributes(["session_id"])).toEqual(["session_id"]);
  });

  test(`${SESSIONS} sessions: the same series, and right figures`, async () => {
    const before = seriesIn(await (await service.get("/api/metrics")).text()).length;
    for (let at = 0; at < SESSIONS; at += 1000) {
      const batches = Array.from({ length: 10 }, (_, index) => {
        const events = Array.from({ length: 100 }, (_, one) => event({ session_id: `many-${at + index * 100 + one}` }));
        return service.post(batch(events));
      });
      for (const answer of await Promise.all(batches)) expect(answer.status).toBe(202);
    }
    const text = await (await service.get("/api/metrics")).text();
    expect(seriesIn(text).length).toBe(before);
    expect(before).toBeLessThan(50);
    expect(wrongIn(text)).toEqual([]);
    const counters = await service.counters();
    expect(counters.mtrace_playback_events_total).toBe(SESSIONS);
    expect(counters.mtrace_active_sessions).toBe(SESSIONS);
  });

  test("stalls, errors and the time to the first picture are counted", async () => {
    const before = await service.counters();
    const named = (event_name: string, meta: object = {}) => event({ event_name, meta });
    await service.post(
      batch([
        named("rebuffer_started"),
        named("playback_error"),
        named("rebuffer_ended"),
        named("startup_time_measured", { duration_ms: 1234 }),
      ]),
    );
    const after = await service.counters();
    const rise = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
    expect(rise("mtrace_rebuffer_events_total")).toBe(1);
    expect(rise("mtrace_playback_errors_total")).toBe(1);
    expect(after.mtrace_startup_time_ms).toBe(1234);
  });
});
