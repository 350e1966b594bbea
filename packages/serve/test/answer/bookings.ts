// What did each element of a simulated pipeline do in each window of two seconds?
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow, WaitReason } from "@gst-pyroscope/contract/window";

export const WINDOW = 2;

export type Facts = Pick<ElementWindow, "path" | "factory" | "class" | "threads" | "feeds">;

export interface Booked {
  in: number[];
  out: number[];
  own: number[];
  driver: number[];
  cpu: number[];
  blocked: Map<WaitReason, number[]>;
}

export function add(series: number[], at: number, value: number): void {
  const place = Math.floor(at / WINDOW);
  series[place] = (series[place] ?? 0) + value;
}

export function spread(series: number[], from: number, to: number, value: number): void {
  if (to <= from) {
    add(series, from, value);
    return;
  }
  for (let place = Math.floor(from / WINDOW); place * WINDOW < to; place++) {
    const part = Math.min(to, (place + 1) * WINDOW) - Math.max(from, place * WINDOW);
    add(series, Math.max(from, place * WINDOW), (value * part) / (to - from));
  }
}

/** Of the window with this number; `capacity` of queues, and how many buffers are in them at its end. */
export function windowOf(facts: Facts, booked: Booked, place: number, capacity: number | undefined): ElementWindow {
  const [into, out] = [booked.in[place] ?? 0, booked.out[place] ?? 0];
  const until = (series: number[]) => series.slice(0, place + 1).reduce((total, one) => total + (one ?? 0), 0);
  const level = capacity === undefined ? 0 : until(booked.in) - until(booked.out);
  const blocked: Partial<Record<WaitReason, number>> = {};
  for (const [reason, series] of booked.blocked) if (series[place]) blocked[reason] = 1000 * series[place];
  return {
    ...facts,
    buffers_in: into,
    buffers_out: facts.feeds.length === 0 ? 0 : out,
    bytes_in: into * 1000,
    own_ms: 1000 * (booked.own[place] ?? 0),
    driver_ms: 1000 * (booked.driver[place] ?? 0),
    cpu_ms: 1000 * (booked.cpu[place] ?? 0),
    blocked_ms: blocked,
    queue: capacity === undefined ? null : { level, highest: Math.min(capacity, level + 1), capacity, wait_ms: 0 },
    drops: 0,
    flow_errors: 0,
  };
}
