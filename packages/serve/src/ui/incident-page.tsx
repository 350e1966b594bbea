// Why did viewers' pictures stop, which element or part of the way was it, and what supports that?
// SPDX-License-Identifier: MPL-2.0
import { useEffect } from "preact/hooks";
import { timeText } from "./format.js";
import { IncidentCharts } from "./incident-charts.js";
import { type IncidentData, loadIncident } from "./incident-data.js";
import { Evidence, RawAnswer, StalledSessions } from "./incident-evidence.js";
import { ElementFlame } from "./incident-flame.js";
import { Ranking } from "./incident-ranking.js";
import { Particulars } from "./incident-verdicts.js";
import { confidenceWords, namesIn, stillText, verdictWord, verdictWords } from "./incident-words.js";
import { type Loaded, useLoaded } from "./loaded.js";
import { here, hrefOf } from "./places.js";
import { Sentence } from "./sentence.js";
import { Empty, States } from "./states.js";

const AGAIN_MS = 5000;

export function IncidentPage() {
  const id = here.value.query.get("id") ?? "";
  const loaded = useLoaded<IncidentData>({
    key: id,
    load: (before, signal) => loadIncident(id, before, signal),
    concerns: () => false, // a judgement comes as a frame of its own, which all pages hear
  });
  useWhileOpen(loaded);
  if (loaded.problem?.status === 404 && loaded.data === undefined)
    return (
      <>
        <h1>Incident</h1>
        <Empty text="There is no such incident. It may have been removed with its age, or belong to another project." />
      </>
    );
  return (
    <States of={loaded} what="the incident">
      {(data) => <IncidentParts data={data} />}
    </States>
  );
}

/** New windows come without a frame: as long as it goes on, they are asked for. */
function useWhileOpen({ data, reload }: Loaded<IncidentData>): void {
  const open = data !== undefined && data.incident.until === null;
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, [open]);
}

function IncidentParts({ data }: { data: IncidentData }) {
  return (
    <>
      <h1>
        <Sentence text={data.incident.sentence} names={namesIn(data.stall)} />
      </h1>
      <Facts data={data} />
      <Judgement data={data} />
      <Particulars data={data} />
      <IncidentCharts data={data} />
      <Ranking data={data} />
      <Evidence data={data} />
      <ElementFlame data={data} />
      <StalledSessions data={data} />
      <RawAnswer data={data} />
    </>
  );
}

function Facts({ data: { incident } }: { data: IncidentData }) {
  const { stream_id: stream, from, until, viewers, worst_ms } = incident;
  return (
    <p class="detail">
      <a href={hrefOf("sessions", { stream })}>
        <bdi>{stream}</bdi>
      </a>
      {" · "}
      {timeText(Date.parse(from))}
      {until === null ? ", goes on" : ` to ${timeText(Date.parse(until))}`}
      {" · "}
      {viewersText(viewers)}
      {worst_ms > 0 && `, ${stillText(worst_ms)} at worst`}
    </p>
  );
}

const viewersText = ({ stalled, watching }: IncidentData["incident"]["viewers"]): string =>
  `${stalled} of ${watching} ${watching === 1 ? "viewer" : "viewers"} stalled`;

function Judgement({ data: { stall, incident } }: { data: IncidentData }) {
  const { verdict, element, confidence } = incident;
  const [sure, text] = confidenceWords[confidence] ?? ["", confidence];
  return (
    <dl class="judgement">
      <div>
        <dt>Verdict</dt>
        <dd>
          <i aria-hidden="true">{verdictWords[verdict]?.[0]}</i> {verdictWord({ verdict, delivery: stall.delivery })}
          {element !== null && (
            <>
              : <bdi>{element.path}</bdi> (<bdi>{element.factory}</bdi>)
            </>
          )}
        </dd>
      </div>
      {verdict !== "unknown" && (
        <div>
          <dt>Confidence</dt>
          <dd>
            <i aria-hidden="true">{sure}</i> {text}
          </dd>
        </div>
      )}
    </dl>
  );
}
