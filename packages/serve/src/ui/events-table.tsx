// What did the player report, event by event, and what is remarkable about each?
// SPDX-License-Identifier: MPL-2.0
import type { EventView } from "@gst-pyroscope/contract/wire";
import { isProblem } from "./chosen-events.js";
import { type FieldChoice, shownFields } from "./event-fields.js";
import { timeText } from "./format.js";

interface TableRequest extends Partial<FieldChoice> {
  events: EventView[];
}

export function EventsTable({ events, brief = false, stream }: TableRequest) {
  return (
    <div class="scroll">
      <table class="events">
        <thead>
          <tr>
            <th scope="col" class="right">
              No.
            </th>
            <th scope="col">Received</th>
            <th scope="col">Event</th>
            <th scope="col">Fields</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.ingest_sequence}>
              <td class="right small">{event.sequence_number ?? "–"}</td>
              <td class="time">{timeText(Date.parse(event.server_received_at))}</td>
              <td>
                <bdi class={isProblem(event) ? "bad" : ""}>{event.event_name}</bdi>
                <Badges event={event} />
              </td>
              <td class="small fields">
                <Fields event={event} choice={{ brief, stream }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Badges({ event }: { event: EventView }) {
  return (
    <>
      {event.time_skew_warning && (
        <span class="badge warn" title="The viewer's clock differs from the service's by more than a minute.">
          clock skew
        </span>
      )}
      {event.delivery_status === "duplicate_suspected" && (
        <span class="badge warn" title="An event with this number had been received before.">
          duplicate
        </span>
      )}
      {event.delivery_status === "replayed" && <span class="badge">replayed</span>}
    </>
  );
}

function Fields({ event, choice }: { event: EventView; choice: FieldChoice }) {
  return (
    <>
      {shownFields(event, choice).map(([name, text]) => (
        <span key={name} class="field">
          <bdi>{name}</bdi>{" "}
          <b>
            <bdi>{text}</bdi>
          </b>
        </span>
      ))}
    </>
  );
}
