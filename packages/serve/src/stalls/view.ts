// How is a judgement told to readers, with the viewers that it concerns and where the profile is?
// SPDX-License-Identifier: MPL-2.0
import { shownText } from "@gst-pyroscope/contract/shown-text";
import { writeTimestamp } from "@gst-pyroscope/contract/timestamps";
import { type Confidence, confidences, type Evidence, type StallView } from "@gst-pyroscope/contract/window";
import type { Judgement, KnownStall } from "../answer/stall-case.js";
import { labelOf } from "./profile-labels.js";
import { type ProfileServers, profileLink } from "./profile-link.js";

export interface ViewParts {
  judgement: Judgement;
  stall: KnownStall;
  viewers: StallView["viewers"];
  incidentId: string;
  /** The stream was taken from the path of the player's manifest. */
  guessed: boolean;
  /** Of the judgement. */
  profile: StallView["profile"];
}

export function viewOf({ judgement, stall, viewers, incidentId, guessed, profile }: ViewParts): StallView {
  const { pipeline, confidence, ...judged } = judgement;
  const evidence = judgement.evidence.map((one) => ({ ...one, sentence: shownText(one.sentence) }));
  const { session_id, stream_id, atMs, lastedMs, bufferEndMs } = stall;
  const doubted =
    guessed && !evidence.some(({ kind, sentence }) => kind === "guessed_stream" && sentence === GUESS.sentence);
  return {
    stall: {
      ...{
        session_id,
        stream_id,
        at: writeTimestamp(atMs),
        lasted_ms: lastedMs === null ? null : Math.round(lastedMs),
      },
      buffer_end_program_time: isInstant(bufferEndMs) ? writeTimestamp(bufferEndMs) : null,
    },
    ...judged,
    sentence: shownText(judged.sentence),
    confidence: doubted ? lower(confidence) : confidence,
    evidence: doubted ? [...evidence, GUESS] : evidence,
    profile,
    viewers,
    incident_id: incidentId,
  };
}

const GUESS: Evidence = {
  kind: "guessed_stream",
  sentence: "Which stream the viewer watched was taken from the address of its manifest.",
  numbers: {},
};

const lower = (confidence: Confidence): Confidence => confidences[confidences.indexOf(confidence) + 1] ?? "low";

const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const isInstant = (ms: number | null): ms is number => ms !== null && ms >= 0 && ms <= LAST_MS;

/** Only where an element is named. `viewed`: the viewers' stream; `pyroscope`: its address, "": there is none. */
export function profileOf(
  { element, pipeline, interval }: Judgement,
  viewed: string,
  servers: ProfileServers,
): StallView["profile"] {
  if (element === null || pipeline === null) return null;
  const { from, until } = interval;
  const query = new URLSearchParams({ from, until, element: element.path });
  const labels = { stream: pipeline.stream_id, element: labelOf(element) };
  const flamegraph = `/api/streams/${encodeURIComponent(pipeline.stream_id || viewed)}/flamegraph?${query}`;
  return {
    service: pipeline.service,
    labels,
    url: profileLink(servers, {
      service: pipeline.service,
      element,
      fromMs: Date.parse(from),
      untilMs: Date.parse(until),
    }),
    flamegraph,
  };
}
