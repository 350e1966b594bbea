// What belongs to an incident: its judgement, the windows of its pipelines, and the buffers of its viewers, on one time axis?
// SPDX-License-Identifier: MPL-2.0
import type { Incident } from "@gst-pyroscope/contract/stall-views";
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import { Problem, problemOf } from "./api.js";
import { askIncident, askWindows, type Range } from "./incident-api.js";
import { bufferLine, type NamedLine, overlaps, type PlayerFacts, playerFacts } from "./incident-figures.js";
import { loadSession, type SessionData } from "./session-data.js";

export interface IncidentData {
  incident: Incident;
  stalls: StallView[];
  /** The stall whose judgement is that of the incident. */
  stall: StallView;
  axis: Range;
  /** The incident lasts longer than what is shown. */
  cut: boolean;
  /** The time that was judged. */
  judged: Range;
  windows: PipelineWindow[];
  /** Those of the judged time. */
  windowsThen: PipelineWindow[];
  windowsProblem: Problem | undefined;
  viewers: ViewerData[];
}

export interface ViewerData {
  id: string;
  session: SessionData | undefined;
  buffer: NamedLine;
  facts: PlayerFacts;
  problem: Problem | undefined;
}

/** Viewers whose buffers are drawn. */
export const MOST_VIEWERS = 5;
const BEFORE_MS = 30_000;
const AFTER_MS = 15_000;
const LONGEST_MS = 600_000;

export async function loadIncident(
  id: string,
  before: IncidentData | undefined,
  signal: AbortSignal,
): Promise<IncidentData> {
  const { incident, stalls } = await askIncident(id, signal);
  const stall = bestFounded(incident, stalls);
  if (stall === undefined) throw new Problem(404, "There is no such incident: its stalls were removed with their age.");
  const judged = { from: Date.parse(stall.interval.from), until: Date.parse(stall.interval.until) };
  const { axis, cut } = axisOf(incident, judged);
  const [found, viewers] = await Promise.all([
    windowsOf(incident, stall, axis, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return problemOf(error);
    }),
    Promise.all(chosen(stall, stalls).map((session) => viewerOf(session, axis, before, signal))),
  ]);
  const windows = Array.isArray(found) ? found.toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from)) : [];
  return {
    ...{ incident, stalls, stall, axis, cut, judged, windows, viewers },
    windowsThen: windows.filter((window) => overlaps(window, judged)),
    windowsProblem: Array.isArray(found) ? undefined : found,
  };
}

/** Also those of the pipeline that the verdict names: it may feed the one that makes the stream, and make another stream. */
async function windowsOf({ stream_id }: Incident, { profile }: StallView, axis: Range, signal: AbortSignal) {
  const streams = new Set([stream_id, profile?.labels.stream || stream_id]);
  const found = await Promise.all([...streams].map((stream) => askWindows(stream, axis, signal)));
  return found.flat();
}

function bestFounded(incident: Incident, stalls: StallView[]): StallView | undefined {
  return stalls.find(({ sentence }) => sentence === incident.sentence) ?? stalls[0];
}

function axisOf(incident: Incident, judged: Range): { axis: Range; cut: boolean } {
  const begin = Date.parse(incident.from);
  const end = incident.until === null ? Date.now() : Date.parse(incident.until);
  const from = Math.min(begin, judged.from) - BEFORE_MS;
  const wanted = Math.max(end, judged.until, begin) + AFTER_MS;
  const until = Math.min(wanted, from + LONGEST_MS);
  return { axis: { from, until }, cut: wanted > until };
}

/** First the one that was judged, then those that waited longest. */
function chosen(stall: StallView, stalls: StallView[]): string[] {
  const longest = stalls.toSorted((a, b) => lasted(b) - lasted(a)).map((one) => one.stall.session_id);
  return [...new Set([stall.stall.session_id, ...longest])].slice(0, MOST_VIEWERS);
}

const lasted = ({ stall }: StallView): number => stall.lasted_ms ?? Number.POSITIVE_INFINITY;

/** A session may be gone, or belong to nobody who asks: then its buffer is missing, and nothing else. */
async function viewerOf(id: string, axis: Range, before: IncidentData | undefined, signal: AbortSignal) {
  const known = before?.viewers.find((viewer) => viewer.id === id)?.session;
  const viewer = (session: SessionData | undefined, problem: Problem | undefined): ViewerData => ({
    ...{ id, session, problem },
    buffer: bufferLine(id, session?.events ?? [], axis),
    facts: playerFacts(id, session?.events ?? [], axis),
  });
  try {
    return viewer(await loadSession(id, known, signal), undefined);
  } catch (error) {
    if (signal.aborted) throw error;
    return viewer(known, problemOf(error));
  }
}
