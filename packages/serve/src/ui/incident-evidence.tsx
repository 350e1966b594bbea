// What supports the verdict, whose pictures stopped, and which figures is all of it read from?
// SPDX-License-Identifier: MPL-2.0
import { shownJson } from "@gst-pyroscope/contract/shown-text";
import type { StallView } from "@gst-pyroscope/contract/window";
import { useState } from "preact/hooks";
import { countText, timeText } from "./format.js";
import type { IncidentData } from "./incident-data.js";
import { machinesIn } from "./incident-figures.js";
import { missingIn } from "./incident-verdicts.js";
import { elementName, namesIn, stillText, verdictWord, verdictWords } from "./incident-words.js";
import { hrefOf } from "./places.js";
import { Sentence } from "./sentence.js";

/** What the headline and the part above do not say already. */
export function Evidence({ data: { stall, incident } }: { data: IncidentData }) {
  const missing = incident.verdict === "unknown" ? missingIn(stall) : [];
  const more = stall.evidence.filter((one) => !missing.includes(one) && !incident.sentence.includes(one.sentence));
  if (more.length === 0) return null;
  return (
    <section aria-label="Evidence">
      <h2>Evidence</h2>
      <ul class="evidence">
        {more.map(({ kind, sentence, path }) => (
          <li key={`${kind} ${path} ${sentence}`}>
            <Sentence text={sentence} names={[...namesIn(stall), path && elementName(path).name]} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const AT_ONCE = 20;

/** What each was judged stands there only where they differ: the page says it above. */
export function StalledSessions({ data: { stalls, incident } }: { data: IncidentData }) {
  const [shown, setShown] = useState(AT_ONCE);
  const differ = stalls.some(
    ({ verdict, element }) => verdict !== incident.verdict || element?.path !== incident.element?.path,
  );
  return (
    <section aria-label="Stalled viewers">
      <h2>Stalled viewers</h2>
      <table class="stalls">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Stalled at</th>
            <th scope="col" class="right">
              For
            </th>
            {differ && <th scope="col">Verdict</th>}
          </tr>
        </thead>
        <tbody>
          {stalls.slice(0, shown).map((view) => (
            <tr key={`${view.stall.session_id} ${view.stall.at}`}>
              <td>
                <a href={hrefOf("session", { id: view.stall.session_id })}>
                  <bdi>{view.stall.session_id}</bdi>
                </a>
              </td>
              <td class="time">{timeText(Date.parse(view.stall.at))}</td>
              <td class="right">{lastedText(view)}</td>
              {differ && (
                <td>
                  <VerdictWord view={view} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {stalls.length > shown && (
        <p class="tools">
          <button type="button" class="quiet" onClick={() => setShown(stalls.length)}>
            Show all {countText(stalls.length)} stalls
          </button>
        </p>
      )}
    </section>
  );
}

export const lastedText = ({ stall }: StallView): string =>
  stall.lasted_ms === null ? "goes on" : stall.lasted_ms === 0 ? "–" : stillText(stall.lasted_ms);

export function VerdictWord({ view }: { view: Pick<StallView, "verdict"> & Partial<StallView> }) {
  return (
    <span class="verdict">
      <i aria-hidden="true">{verdictWords[view.verdict]?.[0]}</i> {verdictWord(view)}
      {view.element && (
        <>
          : <bdi>{view.element.path}</bdi>
        </>
      )}
    </span>
  );
}

/** What the service answered, and what this page read from windows and events: each number of the sentences can be found in it. */
export function RawAnswer({ data: { incident, stall, windowsThen, viewers } }: { data: IncidentData }) {
  const figures = { machines: machinesIn(windowsThen), players: viewers.map(({ facts }) => facts) };
  return (
    <details class="small raw">
      <summary>The answer as JSON</summary>
      <p>
        All of it:{" "}
        <a href={`/api/incidents/${encodeURIComponent(incident.incident_id)}`} data-leaves>
          /api/incidents/<bdi>{encodeURIComponent(incident.incident_id)}</bdi>
        </a>
      </p>
      <pre dir="ltr">{shownJson({ incident, stall, figures })}</pre>
    </details>
  );
}
