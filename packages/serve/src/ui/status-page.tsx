// How is the service itself: what does it store, what did it refuse, and what was lost?
// SPDX-License-Identifier: MPL-2.0
import { Fragment } from "preact";
import { ask } from "./api.js";
import { bytesText, countText, durationText, timeText } from "./format.js";
import { useLoaded } from "./loaded.js";
import { Card } from "./session-cards.js";
import { States } from "./states.js";

/** What this page reads of GET /api/status. */
export interface Status {
  service: { version: string; node: string; started_at: string; lab: boolean; address: string; spans: boolean };
  projects: string[];
  project: string;
  store: {
    adapter: string;
    why: string;
    engine: string | null;
    directory: string | null;
    durable: boolean;
    sessions: { active: number; stalled: number; ended: number };
    events: number;
    newestIngest: number;
    bytes: number;
    walBytes: number;
    queue: { events: number; maxEvents: number };
    fullSinceMs: number | null;
  };
  limits: { capacity: number; refill_per_second: number; body_bytes: number; events_per_batch: number };
  retention: { events_ms: number; sessions_ms: number; max_bytes: number };
  subscribers: number;
  counters: Record<string, number>;
  losses: { invalid: number; rate_limited: number; dropped: number; stream_frames: number };
}

export function StatusPage() {
  const loaded = useLoaded<Status>({
    key: "status",
    load: (_, signal) => ask("/api/status", signal),
    concerns: () => true,
  });
  return (
    <>
      <h1>Status</h1>
      <States of={loaded} what="the status">
        {(status) => <Parts status={status} />}
      </States>
    </>
  );
}

function Parts({ status }: { status: Status }) {
  const { service, store, losses } = status;
  const lost = losses.invalid + losses.rate_limited + losses.dropped;
  return (
    <>
      <p class="detail">
        Version {service.version}, up since {timeText(Date.parse(service.started_at))} at {service.address}, Node{" "}
        {service.node}
        {service.lab && ", in the lab's mode: the token demo-token lets every page on this machine send and read"}.
      </p>
      {store.fullSinceMs !== null && (
        <p class="notice warn" role="alert">
          The disk is full since {timeText(store.fullSinceMs)}: events are refused, and players send them again. Make
          room in <bdi>{store.directory}</bdi>.
        </p>
      )}
      {originsRefused(status.counters) > 0 && (
        <p class="notice warn">
          Pages of an origin that may not send tried to, and were refused. If they are yours, start the service with{" "}
          <code>--allow-origin</code> and their origin, which its log names.
        </p>
      )}
      <section class="cards" aria-label="In short">
        <Card name="Sessions" figure={countText(store.sessions.active)} text="active" />
        <Card name="Events" figure={countText(store.events)} text={`stored, ${bytesText(store.bytes)}`} />
        <Card name="Not stored" figure={countText(lost)} text="events since the start" warn={lost > 0} />
        <Card name="Live readers" figure={countText(status.subscribers)} text="of the stream of events" />
      </section>
      <div class="columns">
        <Table name="Store" rows={storeRows(status)} />
        <Table name="Losses since the start" rows={lossRows(status)} />
        <Table name="Limits and retention" rows={limitRows(status)} />
        <Table name="Counters since the start" rows={counterRows(status)} />
      </div>
      <p class="small">
        The same for Prometheus:{" "}
        <a href="/api/metrics" data-leaves>
          /api/metrics
        </a>
      </p>
    </>
  );
}

type Row = [string, string];

function Table({ name, rows }: { name: string; rows: Row[] }) {
  return (
    <section aria-label={name}>
      <h2>{name}</h2>
      <table>
        <tbody>
          {rows.map(([what, value]) => (
            <tr key={what}>
              <th scope="row">{breakable(what)}</th>
              <td>
                <bdi>{value}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A name that is too long for its line is broken between its words. */
const breakable = (name: string) =>
  name.split(/(?<=_)/).map((word, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {word}
    </Fragment>
  ));

const storeRows = ({ store, project, projects }: Status): Row[] => [
  ["project", projects.length > 1 ? `${project} of ${projects.join(", ")}` : project],
  ["kept by", store.engine === null ? store.adapter : `${store.adapter}, SQLite ${store.engine}`],
  ["because", store.why],
  ["directory", store.directory ?? "none: gone when the service ends"],
  ["waits for the disk", store.durable ? "at each commit" : "no"],
  ["sessions", `${store.sessions.active} active, ${store.sessions.stalled} silent, ${store.sessions.ended} ended`],
  ["size on disk", `${bytesText(store.bytes)}, ${bytesText(store.walBytes)} in the write-ahead log`],
  ["waiting", `${store.queue.events} of at most ${countText(store.queue.maxEvents)} events`],
];

const originsRefused = (counters: Status["counters"]): number => counters.mtrace_origins_refused_total ?? 0;

const lossRows = ({ losses, counters }: Status): Row[] => [
  ["requests of pages that may not send", countText(originsRefused(counters))],
  ["batches with a missing or wrong token", countText(counters.mtrace_tokens_refused_total ?? 0)],
  ["invalid events", countText(losses.invalid)],
  ["over the rate limit", countText(losses.rate_limited)],
  ["dropped, store full or busy", countText(losses.dropped)],
  ["frames to slow readers", countText(losses.stream_frames)],
];

const limitRows = ({ limits, retention }: Status): Row[] => [
  ["burst", `${countText(limits.capacity)} events`],
  ["rate", `${countText(limits.refill_per_second)} events/s`],
  ["request", `${countText(limits.events_per_batch)} events, ${bytesText(limits.body_bytes)}`],
  ["events kept", limitText(retention.events_ms, durationText)],
  ["sessions kept", limitText(retention.sessions_ms, durationText)],
  ["size at most", limitText(retention.max_bytes, bytesText)],
];

const limitText = (value: number, text: (value: number) => string): string =>
  value > 0 ? text(value) : "without limit";

const counterRows = ({ counters }: Status): Row[] =>
  Object.entries(counters).map(([name, value]) => [name, countText(value)]);
