// Which sessions are there, newest first, and in which state?
// SPDX-License-Identifier: MPL-2.0
import type { SessionPage, SessionView } from "@gst-pyroscope/contract/wire";
import { useState } from "preact/hooks";
import { ask } from "./api.js";
import { countText, durationText, timeText } from "./format.js";
import { useLoaded } from "./loaded.js";
import { goTo, here, hrefOf } from "./places.js";
import { Empty, States } from "./states.js";

const PAGE = 50;
const states = ["active", "stalled", "ended"];

export function SessionsPage() {
  const { query } = here.value;
  const [state, stream] = [query.get("state") ?? "", query.get("stream") ?? ""];
  const filter = { ...(state === "" ? {} : { state }), ...(stream === "" ? {} : { stream }) };
  const key = new URLSearchParams(filter).toString();
  const load = (cursor?: string, signal?: AbortSignal): Promise<SessionPage> =>
    ask(
      `/api/stream-sessions?${new URLSearchParams({ ...filter, limit: String(PAGE), ...(cursor ? { cursor } : {}) })}`,
      signal,
    );
  const loaded = useLoaded<SessionPage>({ key, load: (_, signal) => load(undefined, signal), concerns: () => true });
  return (
    <>
      <h1>Sessions</h1>
      <p class="detail">
        What players reported, newest first. A session without events for a minute is stalled, after five it has ended.
      </p>
      <Filter state={state} stream={stream} />
      <States of={loaded} what="the sessions">
        {(first) => <Rows key={key} first={first} more={load} filtered={key !== ""} />}
      </States>
    </>
  );
}

function Filter({ state, stream }: { state: string; stream: string }) {
  const to = (next: string): void =>
    goTo(hrefOf("sessions", { ...(next === "" ? {} : { state: next }), ...(stream === "" ? {} : { stream }) }));
  return (
    <div class="tools">
      <fieldset class="switch" aria-label="State">
        {["", ...states].map((one) => (
          <button key={one} type="button" aria-pressed={one === state} onClick={() => to(one)}>
            {one === "" ? "all" : one}
          </button>
        ))}
      </fieldset>
      {stream !== "" && (
        <a class="quiet" href={hrefOf("sessions", state === "" ? {} : { state })}>
          stream <bdi>{stream}</bdi> <span aria-hidden="true">×</span>
          <span class="hidden-text">show all streams</span>
        </a>
      )}
    </div>
  );
}

interface RowsRequest {
  first: SessionPage;
  more(cursor: string): Promise<SessionPage>;
  filtered: boolean;
}

/** The first page is loaded again and again; the further ones once, when they are asked for. */
function Rows({ first, more, filtered }: RowsRequest) {
  const [further, setFurther] = useState<{ sessions: SessionView[]; next: string | undefined } | null>(null);
  const [failure, setFailure] = useState("");
  const next = further === null ? first.next_cursor : further.next;
  const fresh = new Set(first.sessions.map((session) => session.session_id));
  const rest = (further?.sessions ?? []).filter((session) => !fresh.has(session.session_id));
  const loadMore = async (): Promise<void> => {
    try {
      const page = await more(next ?? "");
      setFurther({ sessions: [...(further?.sessions ?? first.sessions), ...page.sessions], next: page.next_cursor });
      setFailure("");
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  if (first.sessions.length === 0) return <NoSessions filtered={filtered} />;
  return (
    <>
      <SessionTable sessions={[...first.sessions, ...rest]} />
      {failure !== "" && (
        <p class="notice warn" role="alert">
          {failure}
        </p>
      )}
      {next !== undefined && (
        <p class="tools">
          <button type="button" class="quiet" onClick={loadMore}>
            Show older sessions
          </button>
        </p>
      )}
    </>
  );
}

function NoSessions({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty text="No session matches this filter." />;
  return (
    <Empty
      text="No player has reported yet. Open the demo player, or start the lab, which brings a live stream along:"
      command="npm run lab"
    />
  );
}

export function SessionTable({ sessions }: { sessions: SessionView[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              Stream
            </th>
            <th scope="col">Started</th>
            <th scope="col" class="wide right">
              Lasted
            </th>
            <th scope="col" class="right">
              Events
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <SessionRow key={session.session_id} session={session} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SessionRow({ session }: { session: SessionView }) {
  const [started, last] = [Date.parse(session.started_at), Date.parse(session.last_event_at)];
  return (
    <tr>
      <td>
        <a href={hrefOf("session", { id: session.session_id })}>
          <bdi>{session.session_id}</bdi>
        </a>
        {session.sample_rate !== undefined && <span class="badge">sampled {session.sample_rate * 100} %</span>}
      </td>
      <td>
        <span class={`state ${session.state}`}>{session.state}</span>
      </td>
      <td class="wide">
        <bdi>{session.stream_id ?? "–"}</bdi>
      </td>
      <td class="time">{timeText(started)}</td>
      <td class="wide right">{durationText(last - started)}</td>
      <td class="right">{countText(session.event_count)}</td>
    </tr>
  );
}
