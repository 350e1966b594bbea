// What of this page's session has arrived at the service? The newest events, newest first.
// SPDX-License-Identifier: MPL-2.0
import { EventsTable } from "../events-table.js";
import { countText } from "../format.js";
import { useLoaded } from "../loaded.js";
import { hrefOf } from "../places.js";
import { loadSession, type SessionData } from "../session-data.js";
import { Empty, States } from "../states.js";

const SHOWN = 40;

export function LiveEvents({ sessionId }: { sessionId: string }) {
  const loaded = useLoaded<SessionData>({
    key: sessionId,
    load: (before, signal) => loadSession(sessionId, before, signal),
    concerns: (frame) => frame.session_id === sessionId,
  });
  return (
    <section aria-label="Events at the service" class="arrived">
      <h2>
        At the service:{" "}
        <a href={hrefOf("session", { id: sessionId })}>
          session <bdi>{sessionId}</bdi>
        </a>
      </h2>
      {loaded.problem?.status === 404 ? (
        <Empty text="No event of this session has arrived yet. Press Play: the first one comes within seconds." />
      ) : (
        <States of={loaded} what="the events">
          {({ events, session }) => (
            <>
              <p class="small">
                {countText(session.event_count)} events, {session.state}
                {events.length > SHOWN && `; the newest ${SHOWN} are shown`}
              </p>
              <EventsTable events={events.slice(-SHOWN).reverse()} />
            </>
          )}
        </States>
      )}
    </section>
  );
}
