// What goes into a ticket? The sentence, the hottest elements and functions, the environment, the losses: in Markdown.
// SPDX-License-Identifier: MPL-2.0

import { byCost, elementsOf, headline, ownTime } from "../analysis/headline.js";
import { hottestFunctions } from "../analysis/hottest-functions.js";
import { lossesOf, lossWords } from "../analysis/losses.js";
import { measuredIn } from "../analysis/measured.js";
import { belowPipeline } from "../analysis/paths.js";
import { summarize } from "../analysis/summary.js";
import { bytes, count, duration, percent, plural } from "../analysis/units.js";
import type { ElementSummary } from "../model/element-summary.js";
import type { Recording } from "../model/recording.js";
import type { Summary } from "../model/summary.js";
import { type Chunks, type ExportSource, shown } from "./source.js";

const MOST_ELEMENTS = 10;
const MOST_FUNCTIONS = 5;
const MOST_LOSSES = 12;
const [MOST_NAME, MOST_COMMAND] = [100, 600];

export async function markdown({ capture, version }: ExportSource): Promise<Chunks> {
  const summary = summarize(capture);
  const elements = byCost(elementsOf(summary));
  const { sentence, detail } = headline(summary);
  const parts = [
    "## GStreamer performance: a summary",
    `**${prose(sentence)}** ${prose(detail)}`.trim(),
    ...(summary.complete ? [] : ["The capture is not complete: this is what it holds."]),
    "### Hottest elements",
    ...hottest(capture, summary, elements),
    ...functions(capture, elements[0]),
    "### Environment",
    environment(capture, summary, version),
    "### Losses",
    losses(capture, summary),
  ];
  return [`${parts.join("\n\n")}\n`];
}

/** The first ten, and how many more there are. */
function hottest(capture: Recording, summary: Summary, elements: readonly ElementSummary[]): string[] {
  if (elements.length === 0) return ["No element was seen."];
  const { counts } = measuredIn(capture);
  const total = summary.profile.cpu?.totalNs ?? 0;
  const rows = elements.slice(0, MOST_ELEMENTS).map((e) => {
    const time = ownTime(e);
    return [
      code(belowPipeline(e.path) || e.name),
      code(e.factory),
      duration(e.cpuNs),
      total > 0 ? percent(e.cpuNs / total) : "",
      time === null ? "" : duration(time.sumNs / Math.max(1, time.count)),
      time === null ? "" : duration(time.p99Ns),
      counts ? count(Math.max(e.buffersIn, e.buffersOut)) : "",
    ];
  });
  const heads = ["element", "factory", "CPU time", "of all", "exclusive mean", "exclusive p99", "buffers"];
  const more = elements.length - rows.length;
  return [table(heads, rows, 2), ...(more > 0 ? [`${plural(more, "more element")} burned less.`] : [])];
}

function functions({ cpu }: Recording, first: ElementSummary | undefined): string[] {
  if (first === undefined) return [];
  const found = hottestFunctions(cpu, MOST_FUNCTIONS, first.path)[first.path] ?? [];
  if (found.length === 0) return [];
  const rows = found.map(({ name, module, ns, totalNs }) => [
    code(name),
    code(module),
    duration(ns),
    percent(ns / Math.max(1, first.cpuNs)),
    duration(totalNs),
  ]);
  const title = `### Hottest functions of ${code(belowPipeline(first.path) || first.name)}`;
  return [title, table(["function", "module", "self", "of the element", "with callees"], rows, 2)];
}

function environment({ facts }: Recording, { target, profile, overhead }: Summary, version: string): string {
  const { settings, tool } = facts;
  const rows = [
    ["command", code(target.command, MOST_COMMAND)],
    ["began", prose(target.startTime)],
    ["duration", duration(target.durationNs)],
    ["CPU time of the process", duration(target.processCpuNs)],
    ["CPU samples", profile.cpu === null ? "none" : `${count(profile.cpu.samples)} at ${settings.sampleRate} Hz`],
    ["wall samples", profile.wall === null ? "none" : `${count(profile.wall.samples)} at ${settings.wallRate} Hz`],
    ["engine", prose(settings.engine)],
    ["timing", prose(settings.timing)],
    [
      "overhead",
      `${duration(overhead.perBufferNs)} a buffer; agent ${duration(overhead.agentCpuNs)} of CPU, ${bytes(overhead.agentRssBytes)}`,
    ],
    ["recorded by", `gst-pyroscope ${prose(tool)}`],
    ["written by", `gst-pyroscope ${prose(version)}`],
  ];
  return table(
    ["", ""],
    rows.filter(([, value]) => value !== ""),
    2,
  );
}

function losses({ facts, problems }: Recording, summary: Summary): string {
  const found = lossesOf(facts.losses, facts.lossHelp);
  const rows = found.slice(0, MOST_LOSSES).map((loss) => {
    const help = loss.help === "" ? "" : `: ${prose(loss.help)}`;
    return `- ${loss.serious ? "**serious** " : ""}${prose(lossWords(loss))}${help}`;
  });
  const damage = problems.slice(0, MOST_LOSSES).map((problem) => `- damaged: ${prose(problem)}`);
  const samples = summary.profile.cpu?.samples ?? 0;
  return [...rows, ...damage].join("\n") || `Nothing of ${plural(samples, "sample")} was lost.`;
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[], texts: number): string =>
  [heads, heads.map((_, i) => (i < texts ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** Not seen, and no letter: what stands before it is no longer the begin of a link. */
const JOINER = "\u2060";

/** Text of others within a sentence: nothing of it is markup or a link, or tells a person or a ticket of that name. */
const prose = (text: string): string =>
  shown(text)
    .replace(/[\\`*_[\]<>|~&$]/g, "\\$&")
    .replace(/[@#](?=\w)|www(?=\.)|:(?=\/\/)/gi, `$&${JOINER}`);

/** A name as code: a longer fence than any run of backticks in it; a bar would end the cell of a table, however it is escaped. */
function code(text: string, most = MOST_NAME): string {
  const inside = shown(text, most).replaceAll("|", "¦");
  if (inside.trim() === "") return "";
  const longest = Math.max(0, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${inside} ${fence}` : `${fence}${inside}${fence}`;
}
