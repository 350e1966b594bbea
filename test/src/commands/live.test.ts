// Does `live` print where a process can be looked at, keep that open until it is interrupted, and say why where it cannot be?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { live } from "../../../src/commands/live.js";
import { leaseRoute } from "../../../src/live/lease-route.js";
import type { TargetStatus } from "../../../src/live/live-target.js";
import { openDoor } from "../../helpers/doors.js";
import { saidBy } from "../../helpers/said.js";
import { statusOf } from "../../helpers/statuses.js";
import { until } from "../../helpers/until.js";

const environment = { XDG_RUNTIME_DIR: "/run/user/1000", PATH: "/nowhere" };

/** An agent with these targets; how often its page was asked for, and given back. */
async function agentOf(targets: TargetStatus[], problem?: string) {
  const leases = { taken: 0, released: 0 };
  const lease = async () => {
    if (problem !== undefined) throw new Error(problem);
    leases.taken++;
    return { url: "http://127.0.0.1:8080/?token=abc", release: () => void leases.released++ };
  };
  const { door, place } = openDoor((app) => void app.route("/", leaseRoute(lease)));
  await door.opened;
  const ask = async () => [{ place, version: "1.2.3", targets, problem: "" }];
  const stop = new AbortController();
  const said = (pid?: number, open = false) =>
    saidBy((terminal) => live(pid, open, { environment, ask, terminal, stop: stop.signal }));
  return { leases, stop, said, door, ask };
}

describe("the live page of a process", () => {
  it("is printed with its token and the number of the target, and kept until the command is interrupted", async () => {
    const { leases, stop, ask } = await agentOf([statusOf({ id: 3, pid: 4242 }), statusOf({ id: 4, pid: 4243 })]);
    const printed: string[] = [];
    const terminal = { out: (text: string) => void printed.push(text), error: () => {}, columns: 120, colour: false };
    const over = live(4243, false, { environment, ask, terminal, stop: stop.signal });
    await until("the address", () => printed.length > 0 || undefined);
    expect([printed, leases]).toEqual([["http://127.0.0.1:8080/?token=abc#4\n"], { taken: 1, released: 0 }]);
    stop.abort();
    expect(await over).toBe(0);
    await until("its end", () => leases.released === 1 || undefined);
  });

  it("of a command that is interrupted before it has it is given back", async () => {
    const { leases, stop, said } = await agentOf([statusOf()]);
    const over = said();
    await until("the page", () => leases.taken === 1 || undefined);
    stop.abort();
    expect((await over).code).toBe(0);
    await until("its end", () => leases.released === 1 || undefined);
  });

  it("ends with its agent, which is said; a browser that cannot be opened is, too", async () => {
    const { ask, stop, door } = await agentOf([statusOf()]);
    const lines: string[] = [];
    const terminal = { out: () => {}, error: (line: string) => void lines.push(line), columns: 120, colour: false };
    const over = live(undefined, true, { environment, ask, terminal, stop: stop.signal });
    await until("the browser", () => lines.length > 0 || undefined);
    door.close();
    expect(await over).toBe(0);
    expect(lines).toEqual([
      "xdg-open is not installed: open that address in a browser",
      "the agent has ended, and its live page with it; an open page keeps its last state",
    ]);
  });

  it("that cannot be served is none, for the reason that the agent says", async () => {
    const { said } = await agentOf([statusOf()], "live-address=0.0.0.0 needs live-password");
    expect(await said()).toEqual({
      code: 1,
      out: "",
      error: "there is no live page: live-address=0.0.0.0 needs live-password\n",
    });
  });

  it("of a process that nobody profiles is none, nor of one of several that was not named", async () => {
    expect((await (await agentOf([])).said()).code).toBe(12);
    const { code, error } = await (await agentOf([statusOf(), statusOf({ id: 2, pid: 4243 })])).said();
    expect([code, error]).toEqual([12, expect.stringContaining("4242, 4243")]);
  });
});
