// Is the process that a person means found, and does each of the other cases say what to do?
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { chooseTarget } from "../../../src/commands/choose-target.js";
import { scratch } from "../../helpers/scratch.js";
import { agentWith, statusOf } from "../../helpers/statuses.js";

const environment = { XDG_RUNTIME_DIR: scratch() };
const [one, two] = [statusOf({ pid: 1 }), statusOf({ id: 2, pid: 2 })];
const choose = (agents: Parameters<typeof chooseTarget>[0], pid?: number) => {
  const found = chooseTarget(agents, pid, environment);
  return typeof found === "string" ? found : [found.agent.place.agentPid, found.target.id];
};

it("the one that runs needs no name, those that ended do not count", () => {
  expect(choose([agentWith(7, one, { ...two, state: "ended" })])).toEqual([7, 1]);
  expect(choose([agentWith(7, one), agentWith(8, two)], 2)).toEqual([8, 2]);
});

it("of several one must be named", () => {
  expect(choose([agentWith(7, one), agentWith(8, two)])).toBe("2 processes are profiled, name one of them: 1, 2");
});

it("one that is not profiled is said, with those that are", () => {
  expect(choose([agentWith(7, one, two)], 3)).toBe("process 3 is not profiled by this user; these are: 1, 2");
  expect(choose([], 3)).toBe("process 3 is not profiled by this user; gst-pyroscope ps says more");
  expect(choose([])).toBe("no process of this user is profiled; gst-pyroscope ps says more");
});

it("an agent that did not answer may have it", () => {
  const silent = { ...agentWith(9), problem: "no answer within 10 s" };
  expect(choose([silent, agentWith(7, one)], 3)).toBe(
    "it cannot be told whether process 3 is profiled: agent 9 does not say: no answer within 10 s",
  );
});

it("hundreds are not all named", () => {
  const many = Array.from({ length: 300 }, (_, n) => statusOf({ id: n, pid: n + 1 }));
  expect(choose([agentWith(7, ...many)])).toBe(
    "300 processes are profiled, name one of them: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 290 more",
  );
});
