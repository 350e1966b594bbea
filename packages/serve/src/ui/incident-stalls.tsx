// Which stalls of one session were judged, and what caused each?
// SPDX-License-Identifier: MPL-2.0
import type { StallPage } from "@gst-pyroscope/contract/stall-views";
import type { StallView } from "@gst-pyroscope/contract/window";
import { timeText } from "./format.js";
import { askSessionStalls } from "./incident-api.js";
import { lastedText, VerdictWord } from "./incident-evidence.js";
import { namesIn } from "./incident-words.js";
import { useLoaded } from "./loaded.js";
import { hrefOf } from "./places.js";
import { Sentence } from "./sentence.js";
import { States } from "./states.js";

export function SessionStalls({ id }: { id: string }) {
  const loaded = useLoaded<StallPage>({
    key: id,
    load: (_, signal) => askSessionStalls(id, signal),
    concerns: (frame) => frame.session_id === id && frame.event_name.startsWith("rebuffer_"),
  });
  if (loaded.data?.stalls.length === 0 && loaded.problem === undefined) return null;
  return (
    <section aria-label="Stalls and their causes">
      <h2>Stalls and their causes</h2>
      <States of={loaded} what="the causes of stalls">
        {({ stalls }) => <Stalls stalls={stalls} />}
      </States>
    </section>
  );
}

function Stalls({ stalls }: { stalls: StallView[] }) {
  return (
    <table class="stalls">
      <thead>
        <tr>
          <th scope="col">Stalled at</th>
          <th scope="col" class="right">
            For
          </th>
          <th scope="col">What happened</th>
        </tr>
      </thead>
      <tbody>
        {stalls.map((view) => (
          <tr key={view.stall.at}>
            <td class="time">{timeText(Date.parse(view.stall.at))}</td>
            <td class="right">{lastedText(view)}</td>
            <td>
              <a href={hrefOf("incident", { id: view.incident_id })}>
                <Sentence text={view.sentence} names={namesIn(view)} />
              </a>
              <br />
              <span class="small">
                <VerdictWord view={view} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
