// What is said of a target to those who ask its agent while it runs? One look at what the session knows; the segment is not asked.
// SPDX-License-Identifier: MPL-2.0

import { apart } from "../../analysis/losses.js";
import type { TargetStatus } from "../../live/live-target.js";
import type { SegmentState } from "../../model/segment-state.js";
import type { TargetParts } from "./target-request.js";

export interface StatusSource {
  parts: Pick<TargetParts, "pid" | "config" | "topology" | "clock">;
  /** As it was seen last. */
  state: SegmentState;
  /** Of the agent. */
  losses: Record<string, number>;
  ended: boolean;
}

const NS_PER_MS = 1_000_000n;

export function statusOf(id: number, { parts, state, losses, ended }: StatusSource): TargetStatus {
  const { pid, config, topology, clock } = parts;
  const { counters, enabled, sampleRate, wallRate, timing } = state;
  const lost = Object.entries(apart({ ...counters, ...losses }).losses).filter(([, n]) => n > 0);
  return {
    id,
    pid,
    service: config.tracerName,
    command: topology.facts.get("command") ?? "",
    pipelines: topology.livingPipelines(),
    startTime: new Date(Number(state.createdUnixNs / NS_PER_MS)).toISOString(),
    uptimeNs: clock.atNs(),
    state: ended ? "ended" : "running",
    samples: (counters.samples_written ?? 0) + (counters.wall_written ?? 0),
    losses: Object.fromEntries(lost),
    settings: { enabled, sampleRate, wallRate, timing },
  };
}
