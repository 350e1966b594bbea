// Which sessions are there, newest first, in which state, and which of them match a filter?
// SPDX-License-Identifier: MPL-2.0
import type { SessionState } from "@gst-pyroscope/contract/wire";
import { ask } from "./api.js";
import { hereWith, RangeFields, SearchField } from "./fields.js";
import { countText } from "./format.js";
import { type Loaded, useLoaded } from "./loaded.js";
import { NoPlayer } from "./no-player.js";
import { here, stayAt } from "./places.js";
import { rangeOf } from "./range.js";
import { SessionTable } from "./session-table.js";
import { type Found, findSessions, isSearch, type SessionFilter } from "./sessions-search.js";
import { stateNames } from "./state-name.js";
import { Empty, States } from "./states.js";

export function SessionsPage() {
  const { query } = here.value;
  const filter = { ...rangeOf(query), text: query.get("q") ?? "" };
  const loaded = useSessions(filter, query);
  return (
    <>
      <h1>Sessions</h1>
      <p class="detail">
        What players reported, newest first. A session without events for a minute is silent, after five it has ended.
      </p>
      <Filter state={query.get("state") ?? ""} stream={query.get("stream") ?? ""} />
      {isCursorLost(loaded, query) ? (
        <Empty text="This part of the list is no longer there: it was removed with its age. Go back to the newest sessions." />
      ) : (
        <States of={loaded} what="the sessions">
          {(found) => <Rows found={found} filter={filter} reload={loaded.reload} />}
        </States>
      )}
      <Paging next={loaded.data?.next_cursor} searched={isSearch(filter)} />
    </>
  );
}

/** A search asks more than one question: it is not repeated with each event. */
function useSessions(filter: SessionFilter, query: URLSearchParams): Loaded<Found> {
  const known = ["state", "stream"].flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? ""]] : []));
  return useLoaded<Found>({
    key: query.toString(),
    load: (_, signal) =>
      findSessions(filter, query.get("cursor") ?? undefined, (limit, cursor) => {
        const asked = {
          ...Object.fromEntries(known),
          limit: String(limit),
          ...(cursor === undefined ? {} : { cursor }),
        };
        return ask(`/api/stream-sessions?${new URLSearchParams(asked)}`, signal);
      }),
    concerns: () => !isSearch(filter),
  });
}

const isCursorLost = ({ problem }: Loaded<Found>, query: URLSearchParams): boolean =>
  query.has("cursor") && problem !== undefined && [400, 410].includes(problem.status);

function Filter({ state, stream }: { state: string; stream: string }) {
  return (
    <search class="tools">
      <fieldset class="switch" aria-label="State">
        {["", ...Object.keys(stateNames)].map((one) => (
          <button key={one} type="button" aria-pressed={one === state} onClick={() => stayAt(hereWith({ state: one }))}>
            {one === "" ? "all" : stateNames[one as SessionState]}
          </button>
        ))}
      </fieldset>
      <SearchField name="Begin of a session's identifier, or part of a stream's name" hint="session or stream" />
      <RangeFields whole="any time" />
      {stream !== "" && (
        <a class="quiet" href={hereWith({ stream: "" })}>
          stream <bdi>{stream}</bdi> <span aria-hidden="true">×</span>
          <span class="hidden-text">show all streams</span>
        </a>
      )}
    </search>
  );
}

function Rows({ found, filter, reload }: { found: Found; filter: SessionFilter; reload(): void }) {
  const { sessions, searched, next_cursor } = found;
  return (
    <>
      {isSearch(filter) && (
        <p class="small" role="status">
          {countText(sessions.length)} of {countText(searched)} sessions match
          {next_cursor === undefined ? "" : "; older ones were not looked at yet"}.{" "}
          <button type="button" class="quiet" onClick={reload}>
            Search again
          </button>
        </p>
      )}
      {sessions.length === 0 ? <NoSessions /> : <SessionTable sessions={sessions} />}
    </>
  );
}

/** Each page of the table has an address: the way back leads to the one before. */
function Paging({ next, searched }: { next: string | undefined; searched: boolean }) {
  const cursor = here.value.query.has("cursor");
  if (next === undefined && !cursor) return null;
  return (
    <nav class="tools paging" aria-label="Pages of the list">
      {cursor && (
        <a class="quiet" href={hereWith({ cursor: "" })}>
          Newest sessions
        </a>
      )}
      {next !== undefined && (
        <a class="quiet" href={hereWith({ cursor: next })}>
          {searched ? "Search older sessions" : "Older sessions"}
        </a>
      )}
    </nav>
  );
}

function NoSessions() {
  const filtered = ["state", "stream", "q", "from", "until", "cursor"].some((name) => here.value.query.has(name));
  if (filtered) return <Empty text="No session matches this filter." />;
  return <NoPlayer text="No player has reported yet." />;
}
