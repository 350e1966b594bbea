// Why did the picture of a viewer stop?
// SPDX-License-Identifier: MPL-2.0
import { writeTimestamp } from "@gst-pyroscope/contract/timestamps";
import type { Confidence, PipelineWindow } from "@gst-pyroscope/contract/window";
import { targetOf } from "./delivery.js";
import { doubtsOf } from "./doubts.js";
import { downOf } from "./down.js";
import { fact } from "./facts.js";
import { type Finding, finding } from "./finding.js";
import { type Interval, type Line, type Measured, measure, ranked } from "./measure.js";
import { byName, sum } from "./numbers.js";
import { findingOf, readyInTime } from "./rules.js";
import type { Judgement, KnownPipeline, KnownStall, StallCase } from "./stall-case.js";

/** At least four windows of two seconds. */
const LEAST_MS = 8000;
/** Media older than this was not waited for at the live edge: the viewer watches something earlier. */
const MOST_MS = 60_000;
/** Program time may be wrong by some segments. */
const GONE_MS = 10_000;
/** The year 9999: later times cannot be written. */
const LAST_MS = 253_402_300_799_000;

interface Judged {
  pipeline: KnownPipeline;
  measured: Measured;
  finding: Finding;
}

export function judge(input: StallCase): Judgement {
  const interval = intervalOf(input.stall);
  const all = concerned(input.pipelines, interval)
    .map((pipeline) => judged(pipeline, input, interval))
    .sort((a, b) => a.pipeline.hop - b.pipeline.hop || byName(keyOf(a), keyOf(b)));
  const chosen = choose(all);
  return answer(chosen, chosen?.finding ?? withoutWindows(input), interval);
}

/** One that was gone before the viewer's media was made is not why it stopped, if there are others. */
function concerned(pipelines: KnownPipeline[], { fromMs }: Interval): KnownPipeline[] {
  const some = pipelines.filter(({ windows }) => windows.length > 0);
  const there = some.filter(({ windows }) => windows.some(({ toMs }) => toMs >= fromMs - GONE_MS));
  return there.length > 0 ? there : some;
}

/** From one segment before the end of the viewer's buffer until the stall: in this time the missing media should have been made. */
export function intervalOf(stall: KnownStall): Interval & { fromProgramTime: boolean } {
  const { bufferEndMs } = stall;
  const atMs = stall.atMs >= 0 && stall.atMs < LAST_MS ? stall.atMs : 0;
  const target = targetOf(stall);
  const known = bufferEndMs !== null && bufferEndMs > 0 && bufferEndMs <= atMs + target;
  if (!known) return { fromMs: atMs - 3 * target - 10_000, untilMs: atMs, fromProgramTime: false };
  const fromMs = Math.min(bufferEndMs - target, atMs - LEAST_MS);
  return { fromMs, untilMs: Math.min(atMs, fromMs + MOST_MS), fromProgramTime: true };
}

const keyOf = ({ pipeline }: Judged): string =>
  pipeline.windows
    .map(({ window }) => `${window.stream_id} ${window.host} ${window.service} ${window.pipeline} ${window.run_id}`)
    .reduce((first, key) => (key < first ? key : first));

function judged(pipeline: KnownPipeline, input: StallCase, interval: Interval): Judged {
  const measured = measure(pipeline, input, interval);
  const down = downOf(pipeline, interval, input);
  if (down === null || (!down.told && input.segmentWasReady === true))
    return { pipeline, measured, finding: findingOf({ pipeline, measured, input }) };
  return { pipeline, measured, finding: finding("pipeline_down", down.told ? 2 : 1, [down.evidence]) };
}

/** What explains more goes first. */
const weight = { pipeline_down: 0, element: 1, host: 2, source: 3, unknown: 4, delivery: 5 } as const;

/**
 * The pipelines that viewers load from are asked first. If its source is why, the one that feeds it is asked: if that one
 * published in time, or does not know, the way between the two is at fault, and `source` stays.
 */
function choose(all: Judged[]): Judged | null {
  let chosen: Judged | null = null;
  for (const hop of new Set(all.map(({ pipeline }) => pipeline.hop))) {
    const [mine] = all.filter(({ pipeline }) => pipeline.hop === hop).sort(worse);
    if (mine === undefined) continue;
    const { verdict, reasons } = mine.finding;
    if (chosen !== null && (verdict === "unknown" || verdict === "delivery"))
      return { ...chosen, finding: { ...chosen.finding, more: [...chosen.finding.more, ...reasons] } };
    chosen = mine;
    if (verdict !== "source") break;
  }
  return chosen;
}

const worse = (a: Judged, b: Judged) =>
  weight[a.finding.verdict] - weight[b.finding.verdict] ||
  (b.finding.element?.excess ?? 0) - (a.finding.element?.excess ?? 0);

function withoutWindows({ segmentWasReady, stall }: StallCase): Finding {
  const none = fact("no_windows")`No pipeline tells about this stream.`;
  if (segmentWasReady !== true) return finding("unknown", 0, [none]);
  return { ...readyInTime(stall, { published: null }), more: [none] };
}

function answer(chosen: Judged | null, found: Finding, interval: ReturnType<typeof intervalOf>): Judgement {
  const doubts = doubtsOf(chosen?.pipeline ?? null, chosen?.measured ?? null, found, interval.fromProgramTime);
  const { element } = found;
  const window = chosen?.measured.last?.window ?? null;
  return {
    verdict: found.verdict,
    delivery: found.delivery,
    confidence: confidenceOf(found.sure - sum(doubts.map(({ steps }) => steps))),
    element: element && { path: element.element.path, factory: element.element.factory, thread: element.thread.name },
    sentence: found.reasons.map(({ sentence }) => sentence).join(" "),
    interval: {
      from: writeTimestamp(interval.fromMs),
      until: writeTimestamp(interval.untilMs),
      from_program_time: interval.fromProgramTime,
    },
    ranking: rankingOf(chosen?.measured.lines ?? []),
    evidence: [...found.reasons, ...found.more, ...doubts.map(({ evidence }) => evidence)],
    pipeline: window && pipelineOf(window),
  };
}

const confidenceOf = (sure: number): Confidence => (sure >= 2 ? "high" : sure >= 1 ? "medium" : "low");

function rankingOf(lines: Line[]) {
  const order = (a: Line, b: Line) =>
    (b.uplift ?? b.demand) - (a.uplift ?? a.demand) || byName(a.element.path, b.element.path);
  return lines.toSorted(order).slice(0, 5).map(ranked);
}

const pipelineOf = ({ stream_id, pipeline, service, host, run_id }: PipelineWindow) => ({
  ...{ stream_id, pipeline, service, host, run_id },
});
