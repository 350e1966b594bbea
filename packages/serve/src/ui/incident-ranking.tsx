// How much work did each element need, how much is usual, what does it wait for, and is the queue before it full?
// SPDX-License-Identifier: MPL-2.0
import { shownText } from "@gst-pyroscope/contract/shown-text";
import type { RankedElement } from "@gst-pyroscope/contract/window";
import type { IncidentData } from "./incident-data.js";
import { queueBefore } from "./incident-figures.js";
import { elementName, waitText, workText } from "./incident-words.js";

const columns = ["Element", "Needs", "Usually", "Waits for", "Queue before"];

/** Seconds of work per second of media that nobody would look for. */
const NOTHING = 0.005;

export function Ranking({ data }: { data: IncidentData }) {
  const all = data.stall.ranking;
  const named = data.incident.element?.path;
  const ranking = all.filter((one) => one.path === named || Math.max(one.demand, one.usual ?? 0) >= NOTHING);
  if (ranking.length === 0) return null;
  return (
    <section aria-label="Elements">
      <h2>Elements: seconds of work per second of media</h2>
      <table class="ranking">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ranking.map((element) => (
            <Row key={element.path} element={element} data={data} />
          ))}
        </tbody>
      </table>
      {ranking.length < all.length && <p class="small">Elements that needed next to nothing are left out.</p>}
    </section>
  );
}

function Row({ element, data }: { element: RankedElement; data: IncidentData }) {
  const { name, within } = elementName(element.path);
  const named = data.incident.element?.path === element.path;
  return (
    <tr class={named ? "named" : ""}>
      <th scope="row">
        {named && <i aria-hidden="true">▲ </i>}
        <bdi title={shownText(within)}>{name}</bdi> <bdi class="factory">{element.factory}</bdi>
        {named && <span class="hidden-text">, named by the verdict</span>}
      </th>
      <td class="time">{workText(element.demand)}</td>
      <td class="time">{workText(element.usual)}</td>
      <td>{waitText(element)}</td>
      <td>
        <Queue data={data} path={element.path} />
      </td>
    </tr>
  );
}

function Queue({ data, path }: { data: IncidentData; path: string }) {
  if (data.windowsThen.length === 0) return <>not known</>;
  const queue = queueBefore(data.windowsThen, path);
  if (queue === null) return <>–</>;
  const { level, capacity } = queue;
  const of = capacity === null ? `${level} inside` : `${level} of ${capacity}`;
  const word = capacity !== null && level >= 0.9 * capacity ? ", full" : level === 0 ? ", empty" : "";
  return (
    <>
      <bdi title={shownText(queue.path)}>{elementName(queue.path).name}</bdi> {of}
      {word}
    </>
  );
}
