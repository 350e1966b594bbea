// What has the agent cost and lost itself while it served a target? As a capture has it, and what is kept in memory.
// SPDX-License-Identifier: MPL-2.0

import type { AgentState } from "../../capture/format.js";
import type { AgentCounter } from "../../model/counter-kinds.js";
import type { SegmentState } from "../../model/segment-state.js";
import type { SinksRequest } from "./sink.js";

export function agentState(
  { path, parts, losses }: Pick<SinksRequest, "path" | "parts" | "losses">,
  { samplesAgentLost }: SegmentState,
): AgentState {
  const { user, system } = process.cpuUsage();
  const { attributed, byFactory, unattributed } = path.figures.workers;
  const counted = {
    agent_lost: samplesAgentLost,
    worker_attributed: attributed,
    worker_by_factory: byFactory,
    worker_unattributed: unattributed,
  } satisfies Partial<Record<AgentCounter, number>>;
  return {
    timeUnixNs: parts.clock.now(),
    atNs: parts.clock.atNs(),
    engine: parts.topology.facts.get("engine") ?? "",
    cpuNs: (user + system) * 1000,
    rssBytes: process.memoryUsage.rss(),
    losses: { ...counted, ...losses.snapshot() },
  };
}
