// `ps`: which processes are profiled on this machine, for how long, and was anything lost?
// SPDX-License-Identifier: MPL-2.0

import { count, plural } from "../analysis/units.js";
import type { Offer } from "../attach/offers.js";
import type { Environment } from "../config/configuration.js";
import { CodedError } from "../errors.js";
import type { TargetStatus } from "../live/live-target.js";
import { jsonText } from "../model/printable.js";
import { type Column, cut, table, wrap } from "../terminal/columns.js";
import { type AskedAgent, obstacle, targetsOf } from "./agents.js";
import { exitCodes } from "./exit-codes.js";
import type { Terminal } from "./report.js";

export interface PsParts {
  environment: Environment;
  ask: (environment: Environment) => Promise<AskedAgent[]>;
  /** Processes that offer a segment. */
  offers: () => Offer[];
  terminal: Terminal;
}

/** Resolves to the exit code: that nothing is profiled is an answer, and no failure. */
export async function ps({ json = false }: { json?: boolean }, parts: PsParts): Promise<number> {
  const { environment, terminal } = parts;
  try {
    const agents = await parts.ask(environment);
    const others = elsewhere(parts.offers(), agents);
    terminal.out(json ? `${jsonText(objectOf(agents, others))}\n` : textOf(agents, others, parts));
    return exitCodes.ok.code;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    terminal.error(error.message);
    return exitCodes.failed.code;
  }
}

/** Those that no agent told of. */
function elsewhere(offers: Offer[], agents: AskedAgent[]): Offer[] {
  const told = new Set(targetsOf(agents).map(({ target }) => target.pid));
  return offers.filter(({ pid }) => !told.has(pid));
}

/** As docs/live.md describes it. */
function objectOf(agents: AskedAgent[], others: Offer[]) {
  return {
    targets: targetsOf(agents).map(({ agent, target }) => ({
      ...target,
      agentPid: agent.place.agentPid,
      agentVersion: agent.version,
    })),
    unreached: agents
      .filter(({ problem }) => problem !== "")
      .map(({ place, problem }) => ({ agentPid: place.agentPid, problem })),
    unlisted: others.map(({ pid, agents: readers }) => ({ pid, agentPids: readers })),
  };
}

function textOf(agents: AskedAgent[], others: Offer[], { environment, terminal }: PsParts): string {
  const width = Math.max(40, terminal.columns);
  const targets = targetsOf(agents).map(({ target }) => target);
  const notes = [
    ...agents.flatMap(({ place, problem }) => (problem === "" ? [] : [`Agent ${place.agentPid}: ${problem}.`])),
    ...others.map(otherLine),
    ...[obstacle(environment)].filter(Boolean).map((sentence) => `${sentence}.`),
  ];
  if (targets.length === 0 && notes.length === 0) notes.push(nothing);
  const lines = [
    ...(targets.length === 0 ? [] : table(columns, targets, width)),
    ...notes.flatMap((note) => wrap(note, width)),
  ];
  return `${lines.join("\n")}\n`;
}

const nothing =
  "No process of this user is profiled: start one with gst-pyroscope run -- COMMAND, or with the environment that gst-pyroscope env prints.";

/** A process that is not in the table although it can be profiled. */
function otherLine({ pid, agents: [reader] }: Offer): string {
  if (reader === undefined)
    return `Process ${pid} has a tracer and no agent reads it: gst-pyroscope agent --pid ${pid} does.`;
  return `Process ${pid} is profiled by agent ${reader}, which cannot be asked: it has no control socket that this user sees.`;
}

const columns: Column<TargetStatus>[] = [
  { title: "PID", align: "left", priority: 0, cell: ({ pid }) => String(pid) },
  { title: "SERVICE", align: "left", priority: 1, cell: ({ service }) => cut(service, 24) },
  { title: "STATE", align: "left", priority: 4, cell: stateText },
  { title: "AGE", align: "right", priority: 3, cell: ({ uptimeNs }) => age(uptimeNs) },
  { title: "SAMPLES", align: "right", priority: 5, cell: ({ samples }) => count(samples) },
  { title: "LOST", align: "right", priority: 2, cell: lostText },
  { title: "PIPELINES", align: "left", priority: 6, cell: pipelinesText },
  { title: "COMMAND", align: "left", priority: 7, cell: ({ command }) => cut(command, 48) },
];

function stateText({ state, settings }: TargetStatus): string {
  return state === "running" && !settings.enabled ? "off" : state;
}

function lostText({ losses }: TargetStatus): string {
  const sum = Object.values(losses).reduce((all, n) => all + n, 0);
  return sum === 0 ? "none" : count(sum);
}

const MOST_PIPELINES = 3;

function pipelinesText({ pipelines }: TargetStatus): string {
  const shown = pipelines.slice(0, MOST_PIPELINES).map((name) => cut(name, 20));
  const rest = pipelines.length - shown.length;
  return [...shown, ...(rest > 0 ? [plural(rest, "more", "more")] : [])].join(", ");
}

/** In the largest unit of which there are two: 119 s, 2 min, 47 h, 2 d. */
export function age(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
