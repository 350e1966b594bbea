// Is a client cut that takes nothing of what waits for it, and no other?
// SPDX-License-Identifier: MPL-2.0

import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { cutWhenStalled } from "../../../src/server/stalled.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function answered() {
  const socket = { writableLength: 0, bytesWritten: 0, cut: 0, destroy: () => void socket.cut++ };
  const answer = Object.assign(new EventEmitter(), { socket });
  cutWhenStalled(answer as unknown as ServerResponse, 1000);
  return { socket, answer };
}

it("one that takes some of it is never cut, one that takes nothing between two looks is", () => {
  const { socket } = answered();
  socket.bytesWritten = 1e6;
  for (const waiting of [9e5, 5e5, 4e5]) {
    socket.writableLength = waiting;
    vi.advanceTimersByTime(1000);
  }
  expect(socket.cut).toBe(0);
  socket.bytesWritten += 100; // more is written, and none of it taken
  socket.writableLength += 100;
  vi.advanceTimersByTime(1000);
  expect(socket.cut).toBe(1);
});

it("one for whom nothing waits may stay for ever", () => {
  const { socket } = answered();
  vi.advanceTimersByTime(3_600_000);
  expect(socket.cut).toBe(0);
});

it("after the answer nobody looks any more", () => {
  const { socket, answer } = answered();
  answer.emit("close");
  Object.assign(socket, { writableLength: 1, bytesWritten: 1 });
  vi.advanceTimersByTime(10_000);
  expect([socket.cut, vi.getTimerCount()]).toEqual([0, 0]);
});
