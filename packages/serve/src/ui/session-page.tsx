// What did one viewer live through? State, buffer, latency and bitrate on one time axis, and every event.
// SPDX-License-Identifier: MPL-2.0
import { shownText } from "@gst-pyroscope/contract/shown-text";
import { Chart } from "./chart.js";
import { hereWith, RangeFields } from "./fields.js";
import { durationText, timeText } from "./format.js";
import { SessionStalls } from "./incident-stalls.js";
import { type Lanes, type Line, lanesIn, lanesOf } from "./lanes.js";
import { useLoaded } from "./loaded.js";
import { here, hrefOf, stayAt } from "./places.js";
import type { PlayerState } from "./player-states.js";
import { type Range, rangeOf, timeValue } from "./range.js";
import { Removal } from "./removal.js";
import { Cards } from "./session-cards.js";
import { loadSession, type SessionData } from "./session-data.js";
import { SessionEvents } from "./session-events.js";
import { StateLane } from "./state-lane.js";
import { StateName } from "./state-name.js";
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
  const range: Range = rangeOf(here.value.query);
  const lanes = lanesOf(events, session.state === "active", Date.now());
  return (
    <>
      <p class="detail">
        <StateName
          session={session}
          stalledNow={!data.more && isNow("stalled", lanes)}
          failedNow={!data.more && isNow("failed", lanes)}
        />
        , started {timeText(Date.parse(session.started_at))}
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
      <Removal session={session} />
      <Absent data={data} />
      <Cards data={data} lanes={lanes} />
      <OverTime lanes={lanesIn(lanes, range)} />
      <SessionStalls id={session.session_id} />
      <SessionEvents data={data} range={range} />
    </>
  );
}

const isNow = (state: PlayerState, { states }: Lanes): boolean => states.at(-1)?.state === state;

/** How a player comes to report what is not there. */
const hints = {
  Buffer: "The SDK reports it as buffer_ms, a CMCD player with the key bl.",
  Latency:
    "The SDK reports that of a live stream as live_latency_ms; a CMCD player with the key ltc, or the stream's time with com.gstpyroscope-pdt.",
  Bitrate: "The SDK reports it with each segment, a CMCD player with the key br.",
};

function OverTime({ lanes }: { lanes: Lanes }) {
  const { from, to } = lanes;
  const choose = (begin: number, end: number): void =>
    stayAt(hereWith({ from: timeValue(begin * 1000), until: timeValue(end * 1000) }));
  const axis = { from, to, choose };
  const all = figuresOf(lanes);
  const charts = all.filter(({ line }) => line.times.length > 0);
  const absent = all.filter(({ line }) => line.times.length === 0);
  const last = charts.at(-1)?.name;
  return (
    <section aria-label="Over time" class="lanes">
      <div class="tools">
        <RangeFields whole="whole session" />
        <span class="small">or drag across a chart</span>
      </div>
      <StateLane lanes={lanes} />
      {charts.map(({ name, ...figure }) => (
        <Chart key={`${name} ${name === last}`} name={name} {...figure} {...axis} axis={name === last} />
      ))}
      {absent.map(({ name }) => (
        <p key={name} class="small absent">
          {name} is not reported. {hints[name]}
        </p>
      ))}
    </section>
  );
}

interface Figure {
  name: keyof typeof hints;
  unit: string;
  line: Line;
  stepped?: boolean;
  note?: string | undefined;
}

const figuresOf = ({ buffer, latency, bitrate, bufferHasGaps }: Lanes): Figure[] => [
  {
    ...{ name: "Buffer", unit: "s", line: buffer },
    note: bufferHasGaps ? "left out in stalls, where CMCD players report an older value" : undefined,
  },
  { name: "Latency", unit: "s", line: latency },
  { name: "Bitrate", unit: "Mbit/s", line: bitrate, stepped: true },
];

function Absent({ data: { session } }: { data: SessionData }) {
  if (session.network_signal_absent.length === 0) return null;
  const texts = session.network_signal_absent.map(({ kind, adapter, reason }) =>
    shownText(`${kind} (${adapter}: ${reason})`),
  );
  return (
    <p class="notice">The player cannot see these requests, so that their absence says nothing: {texts.join(", ")}.</p>
  );
}
