// When did the pipeline fall behind, and when did the viewers' buffers run empty? Two strips on one time axis, and the same as tables.
// SPDX-License-Identifier: MPL-2.0
import { Chart } from "./chart.js";
import { timeText } from "./format.js";
import type { IncidentData } from "./incident-data.js";
import { type NamedLine, publishedLines } from "./incident-figures.js";
import { ratioText } from "./incident-words.js";

const nothing: NamedLine = { name: "", times: [], values: [] };

export function IncidentCharts({ data }: { data: IncidentData }) {
  const { axis, judged, viewers, windows } = data;
  const published = publishedLines(windows).filter(({ times }) => times.length > 0);
  const buffers = viewers.map(({ buffer }) => buffer).filter(({ times }) => times.length > 0);
  const time = {
    from: axis.from / 1000,
    to: axis.until / 1000,
    band: { from: judged.from / 1000, to: judged.until / 1000 },
  };
  return (
    <section aria-label="Over time" class="lanes">
      <Strip name="Published" unit="of real time" lines={published} time={time} digits={2} />
      {published.length === 0 && <p class="small">{whyNoWindows(data)}</p>}
      <Twin name="Published, of real time" lines={published} of="Pipeline" text={ratioText} />
      <Strip name="Viewers’ buffers" unit="s" lines={buffers} time={time} digits={1} axis />
      {buffers.length === 0 && <p class="small">No stalled viewer reported its buffer in this time.</p>}
      <Twin name="Viewers’ buffers" lines={buffers} of="Session" text={(seconds) => `${seconds.toFixed(1)} s`} />
      <p class="small">
        Set off: the time that was judged, {timeText(judged.from)} to {timeText(judged.until)}
        {!data.stall.interval.from_program_time && ", found by rule: the player told no program time"}.
        {data.cut && " The incident lasted longer; its first ten minutes are shown."}
        {data.stalls.length > viewers.length && ` Buffers are those of ${viewers.length} viewers.`}
      </p>
    </section>
  );
}

const whyNoWindows = ({ windowsProblem }: IncidentData): string =>
  windowsProblem === undefined
    ? "No pipeline sent windows of this stream in this time."
    : `The windows of the pipelines could not be loaded. ${windowsProblem.message}`;

interface StripRequest {
  name: string;
  unit: string;
  lines: NamedLine[];
  time: { from: number; to: number; band: { from: number; to: number } };
  digits: number;
  axis?: boolean;
}

function Strip({ name, unit, lines, time, digits, axis = false }: StripRequest) {
  const [first = nothing, ...others] = lines;
  return (
    <Chart
      key={lines.length}
      {...{ name, unit, digits, others, axis, ...time }}
      line={first}
      stepped={name === "Published"}
    />
  );
}

interface TwinRequest {
  name: string;
  lines: NamedLine[];
  of: string;
  text(value: number): string;
}

/** For those who cannot see the chart. */
function Twin({ name, lines, of, text }: TwinRequest) {
  if (lines.length === 0) return null;
  const rows = lines.flatMap(({ name: who, times, values }) =>
    times.map((time, place) => ({ key: `${who} ${time}`, who, time, value: values[place] ?? 0 })),
  );
  rows.sort((a, b) => a.time - b.time);
  return (
    <details class="small twin">
      <summary>{name}, as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">{of}</th>
            <th scope="col" class="right">
              {name}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, who, time, value }) => (
            <tr key={key}>
              <td class="time">{timeText(time * 1000)}</td>
              <td>
                <bdi>{who}</bdi>
              </td>
              <td class="right">{text(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
