// What did the player report, as far as one wants to see it: all, problems, a range of time, events with a text?
// SPDX-License-Identifier: MPL-2.0
import { useState } from "preact/hooks";
import { chosenOf } from "./chosen-events.js";
import { EventsTable } from "./events-table.js";
import { hereWith, SearchField } from "./fields.js";
import { countText } from "./format.js";
import { here, stayAt } from "./places.js";
import type { Range } from "./range.js";
import type { SessionData } from "./session-data.js";
import { Empty } from "./states.js";

const AT_ONCE = 200;

export function SessionEvents({ data: { session, events, more }, range }: { data: SessionData; range: Range }) {
  const [shown, setShown] = useState(AT_ONCE);
  const { query } = here.value;
  const onlyProblems = query.get("only") === "problems";
  const chosen = chosenOf(events, { range, onlyProblems, text: query.get("q") ?? "" });
  return (
    <section aria-label="Events">
      <div class="tools">
        <h2>Events, the newest first</h2>
        <fieldset class="switch" aria-label="Which events">
          <button type="button" aria-pressed={!onlyProblems} onClick={() => stayAt(hereWith({ only: "" }))}>
            all
          </button>
          <button type="button" aria-pressed={onlyProblems} onClick={() => stayAt(hereWith({ only: "problems" }))}>
            problems
          </button>
        </fieldset>
        <SearchField name="Part of an event's name, or of one of its fields" hint="event or field" />
        <span class="small" role="status">
          {chosen.length < events.length && `${countText(chosen.length)} of ${countText(events.length)}`}
        </span>
      </div>
      {more && <p class="notice">Only the first {countText(events.length)} events were loaded; there are more.</p>}
      {chosen.length === 0 ? (
        <Empty text="No such event." />
      ) : (
        <EventsTable events={chosen.slice(-shown).reverse()} stream={session.stream_id} />
      )}
      {chosen.length > shown && (
        <p class="tools">
          <button type="button" class="quiet" onClick={() => setShown(shown + AT_ONCE)}>
            Show older events
          </button>
        </p>
      )}
    </section>
  );
}
