// What of this page's session has arrived at the service? The newest events, newest first.
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useState } from "preact/hooks";
import { EventsTable } from "../events-table.js";
import { countText } from "../format.js";
import { link, listen } from "../live.js";
import { useLoaded } from "../loaded.js";
import { hrefOf } from "../places.js";
import { loadSession, type SessionData } from "../session-data.js";
import { stateNames } from "../state-name.js";
import { Empty, NotPermitted, States } from "../states.js";

const SHOWN = 40;

/** Not asked for before something of it is heard: until then the service does not know the session. */
export function LiveEvents({ sessionId }: { sessionId: string }) {
  const [heard, setHeard] = useState(false);
  useEffect(() => listen((frame) => frame?.session_id === sessionId && setHeard(true)), [sessionId]);
  return (
    <section aria-label="Events at the service" class="arrived">
      <h2>
        At the service:{" "}
        <a href={hrefOf("session", { id: sessionId })}>
          session <bdi>{sessionId}</bdi>
        </a>
      </h2>
      {link.value === "not permitted" ? <NotPermitted /> : heard ? <Arrived sessionId={sessionId} /> : <None />}
    </section>
  );
}

function None() {
  return (
    <Empty text="No event has arrived since this page was opened. Press Play: the first one comes within seconds." />
  );
}

function Arrived({ sessionId }: { sessionId: string }) {
  const loaded = useLoaded<SessionData>({
    key: sessionId,
    load: (before, signal) => loadSession(sessionId, before, signal),
    concerns: (frame) => frame.session_id === sessionId,
  });
  return (
    <States of={loaded} what="the events">
      {({ events, session }) => (
        <>
          <p class="small">
            {countText(session.event_count)} events, {stateNames[session.state]}
            {events.length > SHOWN && `; the newest ${SHOWN} are shown`}
          </p>
          <EventsTable events={events.slice(-SHOWN).reverse()} brief />
        </>
      )}
    </States>
  );
}
