// When did the pipeline fall behind, and when did the viewers' buffers run empty? Two strips on one time axis, and the same as tables.
// SPDX-License-Identifier: MPL-2.0
import { Chart, dashes } from "./chart.js";
import { timeText } from "./format.js";
import type { IncidentData } from "./incident-data.js";
import { type NamedLine, publishedLines } from "./incident-figures.js";

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
      <Strip name="Published" unit="of real time" lines={published} head="Pipeline" time={time} digits={2} />
      {published.length === 0 && <p class="small">{whyNoWindows(data)}</p>}
      <Strip name="Viewers’ buffers" unit="s" lines={buffers} head="Session" time={time} digits={1} axis />
      {buffers.length === 0 && <p class="small">No stalled viewer reported its buffer in this time.</p>}
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
  head: string;
  time: { from: number; to: number; band: { from: number; to: number } };
  digits: number;
  axis?: boolean;
}

function Strip({ name, unit, lines, head, time, digits, axis = false }: StripRequest) {
  const [first = nothing, ...others] = lines;
  const who = { head, names: lines.map((line) => line.name) };
  const stepped = name === "Published";
  return (
    <>
      <Chart key={lines.length} {...{ name, unit, digits, others, who, axis, stepped, ...time }} line={first} />
      {others.length > 0 && <Legend names={who.names} />}
    </>
  );
}

/** Whose line is dashed how. */
function Legend({ names }: { names: string[] }) {
  return (
    <p class="legend small">
      {names.map((name, place) => (
        <span key={name}>
          <svg class="dash" viewBox="0 0 28 2" aria-hidden="true">
            <line x2="28" y1="1" y2="1" stroke-dasharray={dashes[place % dashes.length]?.join(" ")} />
          </svg>{" "}
          <bdi>{name}</bdi>
        </span>
      ))}
    </p>
  );
}
