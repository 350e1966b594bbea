// Is a thread that waits for a CPU ready in the metrics, and not blocked?
import { expect, test } from "vitest";
import { ThreadTimes } from "../../../../src/agent/session/thread-times.js";
import { ON_CPU } from "../../../../src/profile/window.js";

test("each row of a window is booked on one of three states, and windows add up", () => {
  const times = new ThreadTimes({ "-2": "cpu", "-1": "page_fault", 202: "futex" });
  times.add([
    { wait: ON_CPU, weightNs: 10 },
    { wait: -2, weightNs: 400 },
    { wait: 202, weightNs: 3 },
  ]);
  times.add([
    { wait: -1, weightNs: 5 },
    { wait: 999, weightNs: 7 },
    { wait: -2, weightNs: 1 },
  ]);
  expect(times.ns).toEqual({ running: 10, ready: 401, blocked: 15 });
});
