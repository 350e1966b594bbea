// What did one viewer live through? State, buffer, latency and bitrate on one time axis, and every event.
// SPDX-License-Identifier: MPL-2.0
import { useState } from "preact/hooks";
import { Chart } from "./chart.js";
import { EventsTable, isProblem } from "./events-table.js";
import { countText, durationText, timeText } from "./format.js";
import { SessionStalls } from "./incident-stalls.js";
import { type Lanes, lanesOf } from "./lanes.js";
import { useLoaded } from "./loaded.js";
import { here, hrefOf } from "./places.js";
import { loadSession, type SessionData } from "./session-data.js";
import { StateLane } from "./state-lane.js";
import { Empty, States } from "./states.js";

export function SessionPage() {
  const id = here.value.query.get("id") ?? "";
  const loaded = useLoaded<SessionData>({
    key: id,
    load: (before, signal) => loadSession(id, before, signal),
    concerns: (frame) => frame.session_id === id,
  });
  return (
    <>
      <h1>
        Session <bdi>{id}</bdi>
      </h1>
      {loaded.problem?.status === 404 ? (
        <Empty text="There is no such session. It may have been removed with its age, or belong to another project." />
      ) : (
        <States of={loaded} what="the session">
          {(data) => <Session data={data} />}
        </States>
      )}
    </>
  );
}

function Session({ data }: { data: SessionData }) {
  const { session, events } = data;
  const running = session.state !== "ended";
  const lanes = lanesOf(events, session.state === "active", Date.now());
  return (
    <>
      <p class="detail">
        <span class={`state ${session.state}`}>{session.state}</span>, started{" "}
        {timeText(Date.parse(session.started_at))}
        {session.stream_id !== undefined && (
          <>
            , stream{" "}
            <a href={hrefOf("sessions", { stream: session.stream_id })}>
              <bdi>{session.stream_id}</bdi>
            </a>
          </>
        )}
        . Last event {durationText(Math.max(0, Date.now() - Date.parse(session.last_event_at)))} ago
        {running ? "." : `; ended by ${session.end_source === "client" ? "the player" : "the service, after silence"}.`}
        {session.sample_rate !== undefined && <span class="badge">sampled {session.sample_rate * 100} %</span>}
      </p>
      <Absent data={data} />
      <Cards data={data} lanes={lanes} />
      <section aria-label="Over time" class="lanes">
        <StateLane lanes={lanes} />
        <Chart name="Buffer" unit="s" line={lanes.buffer} from={lanes.from} to={lanes.to} />
        <Chart name="Latency" unit="s" line={lanes.latency} from={lanes.from} to={lanes.to} />
        <Chart name="Bitrate" unit="Mbit/s" line={lanes.bitrate} from={lanes.from} to={lanes.to} stepped axis />
      </section>
      <SessionStalls id={session.session_id} />
      <Events data={data} />
    </>
  );
}

function Absent({ data: { session } }: { data: SessionData }) {
  if (session.network_signal_absent.length === 0) return null;
  const texts = session.network_signal_absent.map(({ kind, adapter, reason }) => `${kind} (${adapter}: ${reason})`);
  return (
    <p class="notice">The player cannot see these requests, so that their absence says nothing: {texts.join(", ")}.</p>
  );
}

function Cards({ data: { session, events }, lanes }: { data: SessionData; lanes: Lanes }) {
  const took = events.find(({ event_name }) => event_name === "startup_time_measured")?.meta?.duration_ms;
  const { stalls, errors, to, from } = lanes;
  return (
    <section class="cards" aria-label="In short">
      <Card
        name="First picture"
        figure={typeof took === "number" ? durationText(took) : "–"}
        text="after play was asked for"
      />
      <Card
        name="Stalls"
        figure={String(stalls.count)}
        text={`${durationText(stalls.seconds * 1000)} of ${durationText((to - from) * 1000)}`}
        warn={stalls.count > 0}
      />
      <Card name="Errors" figure={String(errors)} text="reported by the player" warn={errors > 0} />
      <Card
        name="Events"
        figure={countText(session.event_count)}
        text={`number ${session.correlation_id.slice(0, 8)} in traces`}
      />
    </section>
  );
}

export function Card({ name, figure, text, warn }: { name: string; figure: string; text: string; warn?: boolean }) {
  return (
    <div class={`card ${warn ? "warn" : ""}`}>
      <h2>{name}</h2>
      <p class="figure">{figure}</p>
      <p>{text}</p>
    </div>
  );
}

const AT_ONCE = 200;

function Events({ data: { events, more } }: { data: SessionData }) {
  const [shown, setShown] = useState(AT_ONCE);
  const [onlyProblems, setOnlyProblems] = useState(false);
  const chosen = onlyProblems ? events.filter(isRemarkable) : events;
  return (
    <section aria-label="Events">
      <div class="tools">
        <h2>Events, the newest first</h2>
        <fieldset class="switch" aria-label="Which events">
          <button type="button" aria-pressed={!onlyProblems} onClick={() => setOnlyProblems(false)}>
            all
          </button>
          <button type="button" aria-pressed={onlyProblems} onClick={() => setOnlyProblems(true)}>
            problems
          </button>
        </fieldset>
      </div>
      {more && <p class="notice">Only the first {countText(events.length)} events were loaded; there are more.</p>}
      {chosen.length === 0 ? <Empty text="No such event." /> : <EventsTable events={chosen.slice(-shown).reverse()} />}
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

const isRemarkable = (event: SessionData["events"][number]): boolean =>
  isProblem(event) || event.time_skew_warning === true || event.delivery_status !== "accepted";
