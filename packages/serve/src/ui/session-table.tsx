// Which row does a session have in the table of sessions?
// SPDX-License-Identifier: MPL-2.0
import type { SessionView } from "@gst-pyroscope/contract/wire";
import { countText, durationText, timeText } from "./format.js";
import { figures } from "./now-figures.js";
import { hrefOf } from "./places.js";
import { StateName } from "./state-name.js";

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
        <StateName session={session} stalledNow={figures.value.stalled.has(session.session_id)} />
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
