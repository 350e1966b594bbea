// What does an agent say of a target, where a test cares for a few fields only?
// SPDX-License-Identifier: MPL-2.0

import type { AskedAgent } from "../../src/commands/agents.js";
import type { TargetStatus } from "../../src/live/live-target.js";

export function statusOf(change: Partial<TargetStatus> = {}): TargetStatus {
  return {
    id: 1,
    pid: 4242,
    service: "studio",
    command: "gst-launch-1.0 -q",
    pipelines: ["pipeline"],
    startTime: "2023-11-14T22:13:20.123Z",
    uptimeNs: 61e9,
    state: "running",
    samples: 1234,
    losses: {},
    settings: { enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap" },
    ...change,
  };
}

export const agentWith = (agentPid: number, ...targets: TargetStatus[]): AskedAgent => ({
  place: { folder: "/nowhere", agentPid },
  version: "1.2.3",
  targets,
  problem: "",
});
