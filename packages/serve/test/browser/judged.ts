// What does the real judge say of one stall of each kind, as the service would answer it, with the windows that it was read from?
// SPDX-License-Identifier: MPL-2.0
import type { Incident } from "@gst-pyroscope/contract/stall-views";
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import type { Page } from "playwright-core";
import { judge } from "../../src/answer/judge.js";
import { profileOf, viewOf } from "../../src/stalls/view.js";
import { doubtfulCases } from "../answer/cases-doubts.js";
import { downCases } from "../answer/cases-down.js";
import { elementCases } from "../answer/cases-elements.js";
import { otherCases } from "../answer/cases-others.js";
import { answering, answers } from "./incident-fixtures.js";

export interface Judged {
  id: string;
  view: StallView;
  incident: Incident;
  windows: PipelineWindow[];
}

const all = [...elementCases, ...otherCases, ...downCases, ...doubtfulCases];
const servers = { pyroscope: "", grafana: "https://grafana.example/", datasource: "pyroscope" };

/** By the verdict, and the part of the way where there is one. */
const kinds: Record<string, string> = {
  element: "burns 1.2 s per second before the encoder",
  disk: "a sink whose disk is slow",
  host: "everything needs more time alike",
  source: "the source gives half",
  network: "segments load slowly",
  player: "the player had media and dropped frames",
  down: "the process ended with an exit code",
};

function inputOf(name: string): Parameters<typeof judge>[0] {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found.input();
}

export const judged: Judged[] = [
  ...Object.entries(kinds).map(([id, name]) => judgedOf(id, inputOf(name))),
  judgedOf("unknown", { ...inputOf("segments load slowly"), pipelines: [], segmentWasReady: null }),
];

function judgedOf(id: string, input: Parameters<typeof judge>[0]): Judged {
  const stall = { ...input.stall, session_id: "viewer-1", lastedMs: 4200 };
  const viewers = { stalled: 1, watching: 2 };
  const judgement = judge(input);
  const profile = profileOf(judgement, stall.stream_id, servers);
  const view = viewOf({ judgement, stall, viewers, incidentId: id, guessed: false, profile });
  const { verdict, element, sentence, confidence } = view;
  const until = new Date(Date.parse(view.stall.at) + 4200).toISOString();
  const incident = { incident_id: id, stream_id: stall.stream_id, from: view.stall.at, until, viewers, worst_ms: 4200 };
  const windows = input.pipelines.flatMap((pipeline) => pipeline.windows.map(({ window }) => window));
  return { id, view, incident: { ...incident, verdict, element, sentence, confidence }, windows };
}

/** In the service's place, on top of what the fixtures answer. */
export async function answeringJudged(page: Page): Promise<void> {
  await answering(answers())(page);
  const of = (url: string): Judged | undefined => judged.find(({ id }) => url.includes(`/incidents/${id}`));
  await page.route(/\/api\/incidents\/[^/?]+/, (asked) => {
    const { incident, view } = of(asked.request().url()) ?? {};
    return asked.fulfill({ json: { incident, stalls: [view] } });
  });
  await page.route(/\/api\/streams\/[^/]+\/pipeline/, (asked) =>
    asked.fulfill({ json: { windows: of(page.url())?.windows ?? [] } }),
  );
}
