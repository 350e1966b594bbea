// Which streams are there right now: who watches, is enough published, and what happened last?
// SPDX-License-Identifier: MPL-2.0
import { shownText } from "@gst-pyroscope/contract/shown-text";
import type { StreamList, StreamNow } from "@gst-pyroscope/contract/stall-views";
import { useEffect, useRef, useState } from "preact/hooks";
import { countText, durationText, timeText } from "./format.js";
import { askStreams } from "./incident-api.js";
import { VerdictWord } from "./incident-evidence.js";
import { ratioText } from "./incident-words.js";
import { type Loaded, useLoaded } from "./loaded.js";
import type { StreamRow } from "./now-figures.js";
import { hrefOf } from "./places.js";
import { Sentence } from "./sentence.js";
import { States } from "./states.js";

const AGAIN_MS = 5000;
/** A pipeline sends a window every two seconds. */
const STALE_MS = 10_000;
/** So that a screen reader can finish. */
const BETWEEN_MS = 10_000;

/** Again and again: windows come without a frame. */
export function useStreams(): Loaded<StreamList> {
  const loaded = useLoaded<StreamList>({
    key: "streams",
    load: (_, signal) => askStreams(signal),
    concerns: () => true,
  });
  useEffect(() => {
    const timer = setInterval(loaded.reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return loaded;
}

/** `rows`: by the sessions of this moment; a stream that only a pipeline names has none. */
export function StreamsNow({ rows, of: loaded }: { rows: StreamRow[]; of: Loaded<StreamList> }) {
  const streams = loaded.data?.streams ?? [];
  const newest = newestOf(streams);
  const all = merged(rows, streams);
  return (
    <>
      <Announcement of={newest} known={loaded.data !== undefined} />
      {all.length === 0 ? (
        loaded.data === undefined &&
        loaded.problem !== undefined && (
          <States of={loaded} what="the streams">
            {() => null}
          </States>
        )
      ) : (
        <section aria-label="Streams">
          <h2>Streams</h2>
          {loaded.problem !== undefined && (
            <States of={loaded} what="the pipelines of the streams">
              {() => null}
            </States>
          )}
          <StreamTable rows={all} />
        </section>
      )}
    </>
  );
}

interface Row extends StreamRow {
  now: StreamNow | undefined;
}

function merged(rows: StreamRow[], streams: StreamNow[]): Row[] {
  const known = new Set(rows.map(({ stream }) => stream));
  const watched = rows.map((row) => ({ ...row, now: streams.find(({ stream_id }) => stream_id === row.stream) }));
  const others = streams.filter(({ stream_id }) => !known.has(stream_id));
  return [...watched, ...others.map((now) => ({ stream: now.stream_id, viewers: 0, stalled: 0, now }))];
}

function StreamTable({ rows }: { rows: Row[] }) {
  return (
    <table class="streams">
      <thead>
        <tr>
          <th scope="col">Stream</th>
          <th scope="col" class="right">
            Viewers
          </th>
          <th scope="col" class="right">
            Stalled
          </th>
          <th scope="col">Published</th>
          <th scope="col">Newest incident</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <StreamLine key={row.stream ?? ""} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function StreamLine({ row: { stream, viewers, stalled, now } }: { row: Row }) {
  const share = viewers === 0 ? "" : ` (${Math.round((100 * stalled) / viewers)} %)`;
  return (
    <tr>
      <td>
        {stream === undefined ? (
          "not named"
        ) : (
          <a href={hrefOf("sessions", { state: "active", stream })}>
            <bdi>{stream}</bdi>
          </a>
        )}
      </td>
      <td class="right">{countText(viewers)}</td>
      <td class={`right ${stalled > 0 ? "bad" : ""}`}>
        {countText(stalled)}
        {share}
      </td>
      <td>{now === undefined ? "–" : publishedText(now)}</td>
      <td>{now?.latest_incident ? <Latest incident={now.latest_incident} /> : "none"}</td>
    </tr>
  );
}

function publishedText({ published, last_window_at: last }: StreamNow): string {
  if (last === null) return "not known: no pipeline sends windows";
  const age = Date.now() - Date.parse(last);
  if (age > STALE_MS) return `not known: last window ${durationText(age)} ago`;
  return published === null ? "not known" : `${ratioText(published)} of real time`;
}

function Latest({ incident }: { incident: NonNullable<StreamNow["latest_incident"]> }) {
  const { incident_id: id, at, sentence } = incident;
  return (
    <>
      <span class="time small">{timeText(Date.parse(at))}</span> <VerdictWord view={incident} />
      <br />
      <a href={hrefOf("incident", { id })}>
        <Sentence text={sentence} />
      </a>
    </>
  );
}

interface Newest {
  id: string;
  text: string;
}

function newestOf(streams: StreamNow[]): Newest | undefined {
  const all = streams.flatMap(({ stream_id, latest_incident }) =>
    latest_incident === null ? [] : [{ ...latest_incident, stream_id }],
  );
  const newest = all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  return (
    newest && { id: newest.incident_id, text: shownText(`Viewers of ${newest.stream_id} stalled. ${newest.sentence}`) }
  );
}

/** Only what happens after the page was opened, and at most one in ten seconds: the newest. */
function Announcement({ of, known }: { of: Newest | undefined; known: boolean }) {
  const [text, setText] = useState("");
  const said = useRef<string | undefined>(undefined);
  const saidAt = useRef(0);
  useEffect(() => {
    if (!known) return;
    const first = said.current === undefined;
    if (first || of === undefined || of.id === said.current) {
      if (first) said.current = of?.id ?? "";
      return;
    }
    const say = (): void => {
      [said.current, saidAt.current] = [of.id, Date.now()];
      setText(of.text);
    };
    const timer = setTimeout(say, Math.max(0, saidAt.current + BETWEEN_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [of?.id, known]);
  return (
    <p class="hidden-text" role="status" aria-live="polite">
      {text}
    </p>
  );
}
