// Is everybody watching without a stall, right now?
// SPDX-License-Identifier: MPL-2.0
import type { FailedViewer } from "@gst-pyroscope/contract/stall-views";
import type { SessionPage, SessionView } from "@gst-pyroscope/contract/wire";
import { ask } from "./api.js";
import { countText, timeText } from "./format.js";
import { StreamsNow, useStreams } from "./incident-streams.js";
import { link } from "./live.js";
import { useLoaded } from "./loaded.js";
import { NoPlayer } from "./no-player.js";
import { byStream, figures, type ProblemFrame, RATE_MS } from "./now-figures.js";
import { hrefOf } from "./places.js";
import { Card } from "./session-cards.js";
import { States } from "./states.js";

/** Of active sessions; beyond them, numbers are those of the newest ones, and the page says it. */
const MOST = 1000;

export function NowPage() {
  const loaded = useLoaded<SessionPage>({
    key: "now",
    load: (_, signal) => ask(`/api/stream-sessions?state=active&limit=${MOST}`, signal),
    concerns: () => true,
  });
  return (
    <States of={loaded} what="the viewers">
      {({ sessions, next_cursor }) => <Now sessions={sessions} more={next_cursor !== undefined} />}
    </States>
  );
}

function Now({ sessions, more }: { sessions: SessionView[]; more: boolean }) {
  const { stalled, problems, perSecond } = figures.value;
  const streams = useStreams();
  const failed = streams.data?.failed ?? [];
  const gone = new Set(failed.map(({ session_id }) => session_id));
  const rows = byStream(sessions, new Set([...stalled].filter((id) => !gone.has(id))));
  const viewers = sessions.length;
  const stuck = rows.reduce((sum, row) => sum + row.stalled, 0);
  const share = viewers === 0 ? "–" : `${Math.round((100 * stuck) / viewers)} %`;
  return (
    <>
      <h1>{sentence(viewers, stuck, more) + failedText(failed.length)}</h1>
      {more && <p class="detail">There are more; the figures are those of the newest {countText(MOST)}.</p>}
      <section class="cards" aria-label="In short">
        <Card name="Viewers" figure={countText(viewers)} text="with events in the last minute" />
        <Card name="Stalled" figure={share} text={`${stuck} of ${viewers}`} warn={stuck > 0} />
        <Card
          name="Events"
          figure={`${perSecond.toFixed(1)}/s`}
          text={link.value === "live" ? `in the last ${RATE_MS / 1000} s` : "not known: the page is not live"}
        />
        <Card name="Streams" figure={countText(rows.length)} text="with viewers" />
      </section>
      {viewers === 0 && problems.length === 0 && <NoPlayer text="No player has reported within the last minute." />}
      {failed.length > 0 && <Failed viewers={failed} />}
      <StreamsNow rows={rows} of={streams} />
      {problems.length > 0 && <Problems problems={problems} />}
    </>
  );
}

function sentence(viewers: number, stuck: number, more: boolean): string {
  if (viewers === 0) return "Nobody is watching.";
  const who = `${more ? "More than " : ""}${countText(viewers)} ${viewers === 1 ? "viewer" : "viewers"}`;
  if (viewers === 1) return `${who}, ${stuck === 0 ? "not stalled" : "stalled"}.`;
  const share = stuck === 0 ? "none" : stuck === viewers ? "all" : countText(stuck);
  return `${who}, ${share} of them stalled.`;
}

const failedText = (count: number): string =>
  count === 0 ? "" : ` Playback failed for ${countText(count)} ${count === 1 ? "viewer" : "viewers"}.`;

/** Who sees an error in place of the picture. */
function Failed({ viewers }: { viewers: FailedViewer[] }) {
  return (
    <section aria-label="Failed playback">
      <h2>Playback failed in the last five minutes, and has not begun again</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Session</th>
            <th scope="col">Stream</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {viewers.map(({ session_id: id, stream_id, at, error_code }) => (
            <tr key={id}>
              <td class="time">{timeText(Date.parse(at))}</td>
              <td>
                <a href={hrefOf("session", { id })}>
                  <bdi>{id}</bdi>
                </a>
              </td>
              <td>{stream_id === null ? "not named" : <bdi>{stream_id}</bdi>}</td>
              <td class="bad">{error_code === null ? "not told" : <bdi>{error_code}</bdi>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Problems({ problems }: { problems: ProblemFrame[] }) {
  return (
    <section aria-label="Newest problems">
      <h2>Newest problems</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Event</th>
            <th scope="col">Session</th>
          </tr>
        </thead>
        <tbody>
          {problems.map(({ at, event_name, session_id, ingest_sequence }) => (
            <tr key={ingest_sequence}>
              <td class="time">{whenText(at)}</td>
              <td>
                <bdi>{event_name}</bdi>
              </td>
              <td>
                <a href={hrefOf("session", { id: session_id })}>
                  <bdi>{session_id}</bdi>
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const whenText = (at: ProblemFrame["at"]): string =>
  typeof at === "number" ? timeText(at) : at === "asked" ? "…" : "not known";
