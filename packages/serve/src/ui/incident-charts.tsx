// When did the pipeline fall behind, and when did the viewers' buffers run empty? Two strips on one time axis, and the same as tables.
// SPDX-License-Identifier: MPL-2.0
import { Chart, dashes } from "./chart.js";
import { timeText } from "./format.js";
import type { IncidentData } from "./incident-data.js";
import { type NamedLine, publishedLines } from "./incident-figures.js";

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
      <h2 class="hidden-text">Over time</h2>
      <Strip
        name="Published"
        unit="of real time"
        {...{ lines: published, time }}
        head="Pipeline"
        digits={2}
        axis={buffers.length === 0}
      />
      <Strip name="Viewers’ buffers" unit="s" {...{ lines: buffers, time }} head="Session" digits={1} axis />
      {published.length === 0 && <p class="small">{whyNoneIsPublished(data)}</p>}
      {buffers.length === 0 && <p class="small">No stalled viewer reported its buffer in this time.</p>}
      <p class="small">
        {published.length + buffers.length > 0 ? "Set off: the time that was judged," : "The time that was judged:"}{" "}
        {timeText(judged.from)} to {timeText(judged.until)}
        {!data.stall.interval.from_program_time && ", found by rule: the player told no program time"}.
        {data.cut && " The incident lasted longer; its first ten minutes are shown."}
        {data.stalls.length > viewers.length && ` Buffers are those of ${viewers.length} viewers.`}
      </p>
    </section>
  );
}

function whyNoneIsPublished({ windowsProblem, windows }: IncidentData): string {
  if (windowsProblem !== undefined)
    return `The windows of the pipelines could not be loaded. ${windowsProblem.message}`;
  if (windows.length > 0) return "The sinks of the pipeline do not tell how many seconds of media went through them.";
  return "No pipeline sent windows of this stream in this time.";
}

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
  const [first, ...others] = lines;
  if (first === undefined) return null;
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
