// How do tests run the judging of stalls without a server: with any store, a clock of their own, and all that is told in a list?
// SPDX-License-Identifier: MPL-2.0
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import { nominalOf } from "../../src/answer/baseline.js";
import { judge } from "../../src/answer/judge.js";
import type { StallCase } from "../../src/answer/stall-case.js";
import { Stalls, type StallsParts } from "../../src/stalls/stalls.js";
import { memoryStore } from "../../src/store/memory.js";
import type { SessionStore } from "../../src/store/port.js";
import { batch, event, t0 } from "../store/build.js";
import { windowRow } from "../store/build-stalls.js";

type CheckedEvent = ReturnType<typeof event>;

export interface Judging {
  store: SessionStore;
  stalls: Stalls;
  cases: StallCase[];
  told: StallView[];
  counted: Record<string, number>;
  problems: string[];
  clock: { nowMs: number };
  /** Events as they come in now. */
  send(events: CheckedEvent[], project?: string): Promise<void>;
  windows(windows: { fromMs: number; receivedMs?: number; more?: Partial<PipelineWindow> }[]): Promise<void>;
  /** Lets time pass, with the service's timers. */
  wait(ms: number): Promise<void>;
}

export function judging(store: SessionStore = memoryStore(), more: Partial<StallsParts> = {}): Judging {
  const [cases, told, problems]: [StallCase[], StallView[], string[]] = [[], [], []];
  const counted: Record<string, number> = {};
  const count = (name: string): void => {
    counted[name] = (counted[name] ?? 0) + 1;
  };
  const clock = { nowMs: t0 };
  const stalls = new Stalls({
    store,
    judge: (input) => {
      cases.push(input);
      return judge(input);
    },
    ...{
      nominalOf,
      now: () => clock.nowMs,
      ownOrigin: true,
      servers: { pyroscope: "", grafana: "", datasource: "" },
      projects: () => ["demo"],
    },
    metrics: { add: count, attributed: count },
    log: { info: () => {}, warn: (_, fields) => void problems.push(String(fields?.problem)) },
    announce: (_, view) => void told.push(view),
    ...more,
  });
  return {
    ...{ store, stalls, cases, told, counted, problems, clock },
    send: async (events, project = "demo") => {
      const sent = batch(events, { receivedMs: clock.nowMs, project });
      stalls.observe(sent, await store.append(sent));
    },
    windows: async (windows) => {
      const rows = windows.map(({ fromMs, more, ...received }) => ({ ...windowRow(fromMs, more), ...received }));
      await store.stalls.putWindows(rows);
      stalls.saw(rows);
      await stalls.settled();
    },
    wait: async (ms) => {
      clock.nowMs += ms;
      stalls.pump();
      await stalls.settled();
    },
  };
}

export const stalledAt = (sessionId: string, atMs: number, meta: Record<string, string | number> = {}): CheckedEvent =>
  event(sessionId, {
    ...{ name: "rebuffer_started", clientMs: atMs, streamId: "demo" },
    meta: { playing_date: atMs - 4000, buffer_ms: 0, frag_load_ms: 30, ...meta },
  });

export const playsAt = (sessionId: string, atMs: number, lastedMs: number): CheckedEvent =>
  event(sessionId, { name: "rebuffer_ended", clientMs: atMs, streamId: "demo", meta: { duration_ms: lastedMs } });
