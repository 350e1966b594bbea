// Does a wait get the reason that a person would give it?
import { expect, test } from "vitest";
import { blockedMs, reasonOf } from "../../../src/windows/wait-reasons.js";

const works = { class: "work", isPaced: false, hasWorkers: false } as const;

test.each([
  ["cpu", works, "cpu_ready"],
  ["clock_nanosleep", works, "timer"],
  ["futex", works, "lock"],
  ["futex", { ...works, hasWorkers: true }, "peer"],
  ["futex", { ...works, class: "wait" }, "peer"],
  ["futex", { ...works, class: "source", isPaced: true }, "timer"],
  ["write", works, "disk"],
  ["fsync", works, "disk"],
  ["page_fault", works, "disk"],
  ["recvmsg", works, "network"],
  ["epoll_wait", works, "network"],
  ["unknown", works, "unknown"],
  ["syscall_999", works, "unknown"],
] as const)("%s of %o is %s", (call, of, reason) => {
  expect(reasonOf(call, of)).toBe(reason);
});

test("times of calls with one reason are added up, and nothing is lost", () => {
  const blockedOn = { read: 2e6, write: 3e6, clock_nanosleep: 5e6, strange: 1e6 };
  const sums = blockedMs(blockedOn, 4e6, works);
  expect(sums).toEqual({ disk: 5, timer: 5, unknown: 1, cpu_ready: 4 });
  expect(blockedMs({}, 0, works)).toEqual({});
});
