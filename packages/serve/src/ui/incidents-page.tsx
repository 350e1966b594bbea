// Which incidents were there, newest first, and what caused each?
// SPDX-License-Identifier: MPL-2.0
import type { Incident, IncidentPage } from "@gst-pyroscope/contract/stall-views";
import { useState } from "preact/hooks";
import { timeText } from "./format.js";
import { askIncidents } from "./incident-api.js";
import { VerdictWord } from "./incident-evidence.js";
import { namesIn, stillText } from "./incident-words.js";
import { useLoaded } from "./loaded.js";
import { hrefOf } from "./places.js";
import { Sentence } from "./sentence.js";
import { States } from "./states.js";
import { windowsCommand } from "./windows-command.js";

const PAGE = 50;
const events = ["rebuffer_started", "rebuffer_ended"];

export function IncidentsPage() {
  const loaded = useLoaded<IncidentPage>({
    key: "incidents",
    load: (_, signal) => askIncidents(PAGE, undefined, signal),
    concerns: ({ event_name }) => events.includes(event_name),
  });
  return (
    <>
      <h1>Incidents</h1>
      <p class="detail">
        Stalls of viewers of one stream within ten seconds of each other, newest first, and what caused them.
      </p>
      <States of={loaded} what="the incidents">
        {(first) => (first.incidents.length === 0 ? <NoIncidents /> : <Rows first={first} />)}
      </States>
    </>
  );
}

export function NoIncidents() {
  return (
    <div class="notice" role="status">
      <p>No stall of a viewer was judged yet. The lab makes one within two minutes, when its encoder becomes slow:</p>
      <code class="command">npm run lab -- --fault enc:burn=60ms@20s</code>
      <p>
        A pipeline of your own takes part when its agent sends windows to this service. The token is of the kind
        “pipeline”: <code>gst-pyroscope serve token add --project demo --kind pipeline</code>
      </p>
      <code class="command">{windowsCommand("demo")}</code>
    </div>
  );
}

/** The first page is loaded again and again; the further ones once, when they are asked for. */
function Rows({ first }: { first: IncidentPage }) {
  const [further, setFurther] = useState<IncidentPage | null>(null);
  const [failure, setFailure] = useState("");
  const fresh = new Set(first.incidents.map(({ incident_id }) => incident_id));
  const rest = (further?.incidents ?? []).filter(({ incident_id }) => !fresh.has(incident_id));
  const next = further === null ? first.next_cursor : further.next_cursor;
  const loadMore = async (): Promise<void> => {
    try {
      const page = await askIncidents(PAGE, next);
      setFurther({ ...page, incidents: [...(further?.incidents ?? first.incidents), ...page.incidents] });
      setFailure("");
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  return (
    <>
      <IncidentTable incidents={[...first.incidents, ...rest]} />
      {failure !== "" && (
        <p class="notice warn" role="alert">
          {failure}
        </p>
      )}
      {next !== undefined && (
        <p class="tools">
          <button type="button" class="quiet" onClick={loadMore}>
            Show older incidents
          </button>
        </p>
      )}
    </>
  );
}

function IncidentTable({ incidents }: { incidents: Incident[] }) {
  return (
    <table class="incidents">
      <thead>
        <tr>
          <th scope="col">Began</th>
          <th scope="col">What happened</th>
          <th scope="col" class="wide">
            Stream
          </th>
          <th scope="col" class="right">
            Stalled
          </th>
          <th scope="col" class="right">
            Worst
          </th>
        </tr>
      </thead>
      <tbody>
        {incidents.map((incident) => (
          <IncidentRow key={incident.incident_id} incident={incident} />
        ))}
      </tbody>
    </table>
  );
}

function IncidentRow({ incident }: { incident: Incident }) {
  const { incident_id: id, from, until, sentence, stream_id, viewers, worst_ms } = incident;
  return (
    <tr>
      <td class="time">{timeText(Date.parse(from))}</td>
      <td>
        <a href={hrefOf("incident", { id })}>
          <Sentence text={sentence} names={namesIn(incident)} />
        </a>
        <br />
        <span class="small">
          <VerdictWord view={incident} />
        </span>
      </td>
      <td class="wide">
        <bdi>{stream_id}</bdi>
      </td>
      <td class="right">
        {viewers.stalled} of {viewers.watching}
      </td>
      <td class="right">
        {until !== null && worst_ms === 0 ? "–" : stillText(worst_ms)}
        {until === null && (
          <>
            <br />
            goes on
          </>
        )}
      </td>
    </tr>
  );
}
