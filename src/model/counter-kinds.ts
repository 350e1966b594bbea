// Is what is counted a loss, a sum to hold losses against, or information that lost nothing? TABLE: counters of the agent.
// SPDX-License-Identifier: MPL-2.0

import { type CounterRow, targetCounters } from "./counters.js";

export type CounterKind = CounterRow["kind"];

/** What the agent adds to the target's. Uploads that failed are counted besides, as `upload_` and a code of src/errors.ts. */
export const agentCounters = [
  { name: "agent_lost", kind: "loss", help: "samples that an agent had read and not delivered when it died" },
  { name: "window_refused", kind: "loss", help: "samples with stacks beyond what one profile may hold" },
  {
    name: "capture_dropped",
    kind: "loss",
    help: "samples of the oldest profiles, dropped from the capture because of capture-max-size or capture-max-age",
  },
  {
    name: "span_capture_dropped",
    kind: "loss",
    help: "spans that were the oldest, dropped from the capture for the same reason, or that its disk was too slow for",
  },
  {
    name: "windows_not_made",
    kind: "loss",
    help: "windows of pipelines that the session service does not get because making them failed; the agent's log has the error",
  },
  { name: "span_rejected", kind: "loss", help: "spans that the collector accepted a request without" },
  {
    name: "worker_attributed",
    kind: "information",
    help: "samples of threads without pads that got their element by the modules on their stack",
  },
  {
    name: "worker_by_factory",
    kind: "information",
    help: "samples of threads without pads whose modules belong to several elements of one factory",
  },
  {
    name: "worker_unattributed",
    kind: "information",
    help: "samples of threads without pads that belong to no element",
  },
] as const satisfies readonly CounterRow[];

type AgentRow = (typeof agentCounters)[number];
export type AgentCounter = AgentRow["name"];
export type AgentLoss = Extract<AgentRow, { kind: "loss" }>["name"];

const kinds = new Map<string, CounterKind>([...targetCounters, ...agentCounters].map(({ name, kind }) => [name, kind]));

/** A name that no table knows, of a newer tracer or a server's refusal, is a loss until the contrary is known. */
export const kindOf = (name: string): CounterKind => kinds.get(name) ?? "loss";
