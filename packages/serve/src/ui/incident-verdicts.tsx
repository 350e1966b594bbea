// What is to be known besides, when it was no element: what the player saw, how the machine was, how the process ended, what was missing?
// SPDX-License-Identifier: MPL-2.0
import { shownText } from "@gst-pyroscope/contract/shown-text";
import type { Evidence, PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import type { ComponentChildren } from "preact";
import { durationText, timeText } from "./format.js";
import type { IncidentData } from "./incident-data.js";
import { type MachineFacts, machinesIn, type PlayerFacts } from "./incident-figures.js";
import { namesIn, percentText, ratioText } from "./incident-words.js";
import { Sentence } from "./sentence.js";
import { windowsCommand } from "./windows-command.js";

export function Particulars({ data }: { data: IncidentData }) {
  const { verdict } = data.incident;
  if (verdict === "delivery") return <Delivery data={data} />;
  if (verdict === "host") return <Host data={data} />;
  if (verdict === "source") return <Source />;
  if (verdict === "pipeline_down") return <Down data={data} />;
  return verdict === "unknown" ? <Unknown data={data} /> : null;
}

function Part({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <section aria-label={name} class="notice particulars">
      <h2>{name}</h2>
      {children}
    </section>
  );
}

function Delivery({ data }: { data: IncidentData }) {
  const seen = data.viewers.map(({ facts }) => facts).filter(({ load, edgeAge }) => load !== null || edgeAge !== null);
  return (
    <Part name={seen.length > 0 ? "What the player saw" : "What to do next"}>
      {seen.length === 0 && !data.stall.evidence.some(({ kind }) => kind === "segment_load") && (
        <p>The stalled players reported neither how long segments took nor how old the playlist was.</p>
      )}
      <ul>
        {seen.map((facts) => (
          <li key={facts.session}>
            <bdi>{facts.session}</bdi>: {playerText(facts)}
          </li>
        ))}
      </ul>
      <p>The pipeline published in time. Look at what lies between: origin, CDN, the viewer’s network, the player.</p>
    </Part>
  );
}

function playerText({ load, edgeAge }: PlayerFacts): string {
  const media = load?.media ? ` for ${durationText(load.media)} of media` : "";
  const slowest = load === null ? [] : [`the slowest segment took ${durationText(load.ms)}${media}`];
  const edge = edgeAge === null ? [] : [`the playlist had not grown for ${durationText(edgeAge)}`];
  return `${[...slowest, ...edge].join("; ")}.`;
}

function Host({ data }: { data: IncidentData }) {
  const machines = machinesIn(data.windowsThen);
  return (
    <Part name="The machine">
      {machines.length === 0 && <p>Its load is not known: no window of a pipeline could be read.</p>}
      <ul>
        {machines.map((machine) => (
          <li key={machine.name}>
            <bdi>{machine.name}</bdi>: {machineText(machine)}
          </li>
        ))}
      </ul>
      <p>
        What else used its CPUs is not known here: the pipeline’s agent sees its own process only. <code>top</code> on
        that machine shows it.
      </p>
    </Part>
  );
}

function machineText({ load, cpus, steal, pressure }: MachineFacts): string {
  const pressed = pressure === null ? "not known" : percentText(pressure);
  const stolen = steal === null ? "not known" : percentText(steal);
  return `at most ${ratioText(load)} runnable tasks on ${cpus} CPUs; time in which some task waited for a CPU: ${pressed}; taken by other virtual machines: ${stolen}.`;
}

function Source() {
  return (
    <Part name="Before the pipeline">
      <p>
        The elements had nothing to work on. Look at what feeds the pipeline: a camera, an encoder, a network, or
        another pipeline. When that one sends windows, too, under the same stream, it is judged with this one.
      </p>
    </Part>
  );
}

/** What the headline says already is not repeated. */
function Down({ data }: { data: IncidentData }) {
  const ends = data.windows.filter(({ state, end }) => state === "ended" || end !== undefined);
  return (
    <Part name="How it ended">
      {ends.length === 0 && (
        <p>No last window tells it: the process was killed, its machine is gone, or nothing reaches this service.</p>
      )}
      <ul>
        {ends.map((window) => (
          <li key={`${window.run_id} ${window.to}`}>
            <bdi>{window.pipeline}</bdi> on <bdi>{window.host}</bdi> at {timeText(Date.parse(window.to))}:{" "}
            <Sentence text={endText(window, data.incident.sentence)} />
          </li>
        ))}
      </ul>
      <p>
        Viewers come back when new segments are published: start the pipeline again. Its own log, and that of the
        machine, say more about why it ended.
      </p>
    </Part>
  );
}

function endText({ end = {} }: PipelineWindow, said: string): string {
  const { exit_code, signal, flow, error } = end;
  const facts = [
    ...(exit_code === undefined ? [] : [`exit code ${exit_code}`]),
    ...(signal === undefined ? [] : [`signal “${signal}”`]),
    ...(flow === undefined ? [] : [`last flow return “${flow}”`]),
    ...(error === undefined ? [] : [`error “${error.replace(/\s+/g, " ").trim()}”`]),
  ];
  const more = facts.filter((fact) => !said.includes(fact.replace("last ", "")));
  return facts.length === 0 ? "ended, without a code or an error" : ["ended", ...more].join("; ");
}

const gaps: Evidence["kind"][] = [
  ...(["no_windows", "few_windows", "no_baseline", "no_program_time", "guessed_stream", "clock", "losses"] as const),
];

export const missingIn = ({ evidence }: Pick<StallView, "evidence">): Evidence[] =>
  evidence.filter(({ kind }) => gaps.includes(kind));

function Unknown({ data: { stall, incident, windows } }: { data: IncidentData }) {
  const missing = missingIn(stall);
  const more = missing.filter(({ sentence }) => !incident.sentence.includes(sentence));
  const silent = missing.some(({ kind }) => kind === "no_windows") && windows.length === 0;
  return (
    <Part name={silent ? "What to do next" : "What was missing"}>
      {silent && <NoPipeline stream={incident.stream_id} />}
      {missing.length === 0 && <p>Nothing was missing; the figures below point to no single cause.</p>}
      {more.length > 0 && (
        <ul>
          {more.map(({ kind, sentence }) => (
            <li key={kind}>
              <Sentence text={sentence} names={namesIn(stall)} />
            </li>
          ))}
        </ul>
      )}
      {missing.some(({ kind }) => kind === "few_windows") && (
        <p>A pipeline’s agent sends a window every two seconds; its log says when this service does not take them.</p>
      )}
    </Part>
  );
}

/** Only players told of this stream. */
function NoPipeline({ stream }: { stream: string }) {
  return (
    <>
      <p>
        No pipeline posts windows for the stream <bdi>{shownText(stream)}</bdi>, so that nobody can say whether it was
        the pipeline. Start the pipeline with its agent told of this service and of the stream’s name:
      </p>
      <code class="command">{windowsCommand(stream)}</code>
      <p>
        If one does under another name, let the player report that name as its streamId, or map the path of its playlist
        to it: <code>gst-pyroscope serve stream map PATH STREAM</code>
      </p>
    </>
  );
}
