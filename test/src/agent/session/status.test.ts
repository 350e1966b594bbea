// Is what is said of a running target what its session knows, losses alone among its counters?
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { type StatusSource, statusOf } from "../../../../src/agent/session/status.js";
import { TargetClock } from "../../../../src/agent/session/target-clock.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { Topology } from "../../../../src/model/topology.js";
import { stateOf } from "../../../helpers/cells.js";
import { Entries } from "../../../helpers/entries.js";

function source(change: Partial<StatusSource> = {}): StatusSource {
  const topology = new Topology();
  const entries = new Entries();
  entries.fact("command", "gst-launch-1.0 -q");
  entries.pipeline("one");
  topology.add(entries.all);
  const counters = { samples_written: 40, wall_written: 2, ring_full: 3, deferred: 5, masked: 0 };
  const state = stateOf({ createdUnixNs: 1_700_000_000_123_000_000n, counters, sampleRate: 100, wallRate: 20 });
  const { config } = resolveConfig({ flags: { "tracer-name": "encoder" }, environment: {} });
  const clock = new TargetClock(state, 0n);
  return {
    parts: { pid: 4711, config, topology, clock },
    state,
    losses: { upload_expired: 7 },
    ended: false,
    ...change,
  };
}

it("has its names, its rates, the samples of both kinds, and what the target and the agent lost", () => {
  expect(statusOf(3, source())).toMatchObject({
    id: 3,
    pid: 4711,
    service: "encoder",
    command: "gst-launch-1.0 -q",
    pipelines: ["one"],
    startTime: "2023-11-14T22:13:20.123Z",
    state: "running",
    samples: 42,
    losses: { ring_full: 3, upload_expired: 7 },
    settings: { enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap" },
  });
});

it("is older at each look, and ends", () => {
  const one = source();
  const { uptimeNs } = statusOf(1, one);
  expect(uptimeNs).toBeGreaterThan(0);
  expect(statusOf(1, one).uptimeNs).toBeGreaterThan(uptimeNs);
  expect(statusOf(1, { ...one, ended: true }).state).toBe("ended");
});
