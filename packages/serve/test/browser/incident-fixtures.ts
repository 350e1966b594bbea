// What would the service answer about incidents of each verdict? Answers in the form of the contract, for pages that only read them.

import type { FlameGraph, Incident, StreamNow } from "@gst-pyroscope/contract/stall-views";
import type { ElementWindow, PipelineWindow, RankedElement, StallView } from "@gst-pyroscope/contract/window";
import type { Page } from "playwright-core";

export const HOSTILE = `<img src=x onerror="document.title='pwned'">\u202e"'`;

/** When the pictures stopped. */
export const STALLED = Date.now() - 40_000;
export const at = (ms: number): string => new Date(STALLED + ms).toISOString();

const element = (path: string, feeds: string[], more: Partial<ElementWindow> = {}): ElementWindow => ({
  ...{ path, factory: path.split("/").at(-1) ?? "", class: "work", threads: [], feeds },
  ...{ buffers_in: 60, buffers_out: 60, bytes_in: 1, own_ms: 10, driver_ms: 0, cpu_ms: 10, blocked_ms: {} },
  ...{ queue: null, drops: 0, flow_errors: 0 },
  ...more,
});

const queue = (level: number, capacity: number | null) => ({ level, highest: level, capacity, wait_ms: 5 });

/** `published`: of real time. */
export function windowAt(ms: number, published: number, more: Partial<PipelineWindow> = {}): PipelineWindow {
  const slow = published < 0.9;
  return {
    ...{ stream_id: "demo", stream_source: "tag", pipeline: "live", service: "lab", host: "encoder-1" },
    ...{ run_id: "run", topology: "abc", state: "playing", from: at(ms), to: at(ms + 2000), process_cpu_ms: 900 },
    ...{ machine: { load: 7.42, cpus: 2, steal: 0.01, pressure: 0.63 }, losses: 0 },
    elements: [
      element("live/cam", ["live/qcap"], { class: "source" }),
      element("live/qcap", ["live/conv"], { class: "wait", queue: queue(slow ? 8 : 1, 8) }),
      element("live/conv", ["live/qenc"]),
      element("live/qenc", ["live/caps"], { class: "wait", queue: queue(slow ? 8 : 0, 8) }),
      element("live/caps", ["live/enc"]),
      element("live/enc", ["live/sink"], { factory: "x264enc", own_ms: slow ? 1950 : 200 }),
      element("live/sink", [], { class: "sink" }),
    ],
    sinks: [{ path: "live/sink", buffers: 50, media_ms: 2000 * published }],
    ...more,
  };
}

export const windows = Array.from({ length: 40 }, (_, place) => {
  const ms = (place - 30) * 2000;
  return windowAt(ms, ms >= -14_000 && ms < 6000 ? 0.74 : 0.999);
});

const ranked = (name: string, demand: number, more: Partial<RankedElement> = {}): RankedElement => ({
  ...{ path: `live/${name}`, factory: name, class: "work", demand, usual: demand, uplift: 0 },
  ...{ cpu_share: 0.97, blocked_on: null },
  ...more,
});

const ranking = [
  ranked("enc", 1.31, { factory: "x264enc", usual: 0.1, uplift: 1.21 }),
  ranked("conv", 0.034),
  ranked("mux", 0.02, { cpu_share: 0.2, blocked_on: "disk" }),
  ranked("cam", 0.01, { usual: null, uplift: null, cpu_share: null }),
];

const stallOf = (id: string, more: Partial<StallView>): StallView => ({
  stall: {
    session_id: "viewer-1",
    stream_id: "demo",
    at: at(0),
    lasted_ms: 12_400,
    buffer_end_program_time: at(-11_000),
  },
  ...{
    verdict: "unknown",
    delivery: null,
    confidence: "medium",
    element: null,
    sentence: `Nothing is known of ${id}.`,
  },
  interval: { from: at(-12_000), until: at(0), from_program_time: true },
  ...{ ranking, evidence: [], profile: null, viewers: { stalled: 3, watching: 41 }, incident_id: id },
  ...more,
});

const profileOf = (id: string, element: string, url: string | null) => ({
  ...{ service: "lab", labels: { stream: "demo", element }, url },
  flamegraph: `/api/streams/demo/flamegraph?from=${at(-12_000)}&until=${at(0)}&element=${id}`,
});

const slow = stallOf("slow", {
  verdict: "element",
  confidence: "high",
  element: { path: "live/enc", factory: "x264enc", thread: "live/qenc" },
  sentence: "enc (x264enc) needed 1.31 s of work per second of media, usually 0.10 s; 0.74 of real time was published.",
  evidence: [
    { kind: "published", sentence: "0.74 of real time was published.", numbers: { ratio: 0.74 } },
    {
      kind: "queue_full",
      path: "live/qenc",
      sentence: "The queue qenc before it was full: 8 of 8.",
      numbers: { level: 8, of: 8 },
    },
    { kind: "segment_load", sentence: "Not the network: segments loaded in 31 ms.", numbers: { ms: 31 } },
  ],
  profile: profileOf("enc", "live/enc", "https://grafana.example/explore?left=1"),
});

const delivery = stallOf("delivery", {
  ...{ verdict: "delivery", delivery: "network", confidence: "high", ranking: [] },
  sentence: "Not the pipeline: it published 0.99 of real time; a segment of 2.0 s took 3.9 s to load.",
  evidence: [
    { kind: "published", sentence: "0.99 of real time was published.", numbers: { ratio: 0.99 } },
    {
      kind: "segment_load",
      sentence: "A segment of 2.0 s took 3.9 s to load.",
      numbers: { load_ms: 3900, media_ms: 2000 },
    },
  ],
});

const host = stallOf("host", {
  ...{ verdict: "host", sentence: "The machine encoder-1 was overloaded: pressure 0.63, all elements became slower." },
  evidence: [{ kind: "pressure", sentence: "Pressure was 0.63.", numbers: { pressure: 0.63 } }],
});

const source = stallOf("source", {
  ...{ verdict: "source", sentence: "The source cam gave nothing for 5.0 s." },
  evidence: [{ kind: "source_rate", sentence: "cam gave nothing for 5.0 s.", numbers: { gap_ms: 5000 } }],
  profile: profileOf("cam", "live/cam", "javascript:alert(1)"),
});

const down = stallOf("down", {
  ...{ verdict: "pipeline_down", confidence: "high", ranking: [], sentence: "The pipeline live ended 3.0 s before." },
  evidence: [{ kind: "ended", sentence: "It ended 3.0 s before.", numbers: { before_ms: 3000 } }],
});

const unknown = stallOf("unknown", {
  ...{ confidence: "low", sentence: "The cause is not known: 1 window covers the time." },
  evidence: [{ kind: "few_windows", sentence: "Only 1 window covers the time.", numbers: { windows: 1 } }],
});

/** Only players name its stream. */
const alone = stallOf("alone", {
  ...{ confidence: "low", ranking: [], sentence: "No pipeline tells about this stream." },
  evidence: [{ kind: "no_windows", sentence: "No pipeline tells about this stream.", numbers: {} }],
});
alone.stall.stream_id = "unheard";

/** A name of letters that are written from right to left. */
export const RTL = "מקודד";
const rightToLeft = stallOf("rtl", {
  ...{ verdict: "element", element: { path: `live/${RTL}`, factory: "x264enc", thread: null } },
  sentence: `${RTL} (x264enc) needed 1.31 s of work per second of media.`,
  ranking: [ranked(RTL, 1.31, { factory: "x264enc" })],
});

const hostile = stallOf("hostile", {
  ...{
    verdict: "element",
    element: { path: HOSTILE, factory: HOSTILE, thread: null },
    sentence: `${HOSTILE} was slow.`,
  },
  ranking: [ranked("x", 2, { path: HOSTILE, factory: HOSTILE })],
  evidence: [{ kind: "demand", sentence: HOSTILE, path: HOSTILE, numbers: {} }],
  profile: profileOf("hostile", HOSTILE, null),
});

export const stalls: StallView[] = [slow, delivery, host, source, down, unknown, alone, rightToLeft, hostile];

export const incidents: Incident[] = stalls.map(
  ({ incident_id, stall, verdict, element, sentence, confidence, viewers }) => ({
    ...{
      incident_id,
      stream_id: stall.stream_id,
      from: stall.at,
      until: at(12_400),
      viewers,
      worst_ms: 12_400,
    },
    ...{ verdict, element, sentence, confidence },
  }),
);

const last = (id: string): PipelineWindow[] =>
  id === "down"
    ? [windowAt(-4000, 0.5, { state: "ended", end: { signal: "SIGKILL", flow: "error", error: "disk is gone" } })]
    : [];

/** More viewers of the same incident, and one session that the service does not know. */
const others = (view: StallView): StallView[] =>
  ["viewer-2", "gone"].map((session_id) => ({ ...view, stall: { ...view.stall, session_id, lasted_ms: null } }));

const frames = ["start_thread", "g_thread_proxy", "gst_task_func", "gst_queue_loop", "gst_pad_push"];
export const profile: FlameGraph = {
  ...{ source: "agent", unit: "ms" },
  stacks: [
    { frames: [...frames, "x264_encode", "x264_me_search"], ms: 700 },
    { frames: [...frames, "x264_encode", HOSTILE], ms: 150 },
    { frames: [...frames, "memcpy"], ms: 40 },
  ],
};

export const streamNow = (more: Partial<StreamNow> = {}): StreamNow => ({
  ...{ stream_id: "demo", viewers: { watching: 41, stalled: 3 }, published: 0.742, pipelines: ["live"] },
  last_window_at: new Date().toISOString(),
  latest_incident: { incident_id: "slow", at: at(0), verdict: "element", sentence: slow.sentence },
  ...more,
});

export interface Answers {
  streams: StreamNow[];
  incidents: Incident[];
  profile: FlameGraph;
  /** Of all but the stream of events. */
  status: number;
}

export const answers = (more: Partial<Answers> = {}): Answers => ({
  ...{ streams: [streamNow()], incidents, profile, status: 200, ...more },
});

/** Answers in the service's place, as long as the page is open; what `of` holds may change meanwhile. */
export const answering =
  (of: Answers) =>
  async (page: Page): Promise<void> => {
    const route = (path: RegExp, body: (id: string) => unknown) =>
      page.route(path, (asked) => {
        const [, id = ""] = path.exec(asked.request().url()) ?? [];
        const json =
          of.status === 200 ? body(decodeURIComponent(id)) : { error: "internal_error", reason: "It broke." };
        const missing = { error: "not_found", reason: "there is no such incident" };
        return asked.fulfill({ status: json === undefined ? 404 : of.status, json: json ?? missing });
      });
    const incident = (id: string) => of.incidents.find(({ incident_id }) => incident_id === id);
    await route(/\/api\/incidents(?:\?.*)?$/, () => ({ incidents: of.incidents }));
    await route(/\/api\/incidents\/([^/?]+)/, (id) => {
      const view = stalls.find(({ incident_id }) => incident_id === id);
      return view && { incident: incident(id), stalls: [view, ...others(view)] };
    });
    await route(/\/api\/streams(?:\?.*)?$/, () => ({ streams: of.streams, failed: [] }));
    const here = () => decodeURIComponent(new URL(page.url()).pathname.split("/")[2] ?? "");
    await route(/\/api\/streams\/([^/]+)\/pipeline/, () => ({
      windows: here() === "alone" ? [] : [...windows, ...last(here())],
    }));
    await route(/\/api\/streams\/[^/]+\/flamegraph/, () => of.profile);
    await route(/\/api\/stream-sessions\/([^/]+)\/stalls/, () => ({ stalls }));
  };
