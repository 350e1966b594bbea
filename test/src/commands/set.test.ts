// Does `set` send what was asked for to the right target, and say of each setting what became of it?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { set } from "../../../src/commands/set.js";
import type { SettingResult, TargetStatus } from "../../../src/live/live-target.js";
import { openDoor } from "../../helpers/doors.js";
import { saidBy } from "../../helpers/said.js";
import { statusOf } from "../../helpers/statuses.js";

const environment = { XDG_RUNTIME_DIR: "/run/user/1000" };
const [one, two] = [statusOf({ id: 1, pid: 4242 }), statusOf({ id: 2, pid: 4243 })];

/** An agent with these targets that answers with `results`; what it was asked. */
async function agentOf(targets: TargetStatus[], results: unknown = [], status = 200) {
  const asked: unknown[] = [];
  const { door, place } = openDoor((app) => {
    app.post("/api/targets/:id/set", async (c) => {
      asked.push([c.req.param("id"), await c.req.json()]);
      return c.json(results as object, status as 200);
    });
  });
  await door.opened;
  const ask = async () => [{ place, version: "1.2.3", targets, problem: "" }];
  const said = (...words: string[]) => saidBy((terminal) => set(words, { environment, ask, terminal }));
  return { asked, said };
}

const changed: SettingResult[] = [
  { name: "sample-rate", value: "250", outcome: "changed", text: "sample-rate: 100 → 250" },
  { name: "timing", value: "wrap", outcome: "unchanged", text: "timing is wrap already" },
];

describe("a change", () => {
  it("goes to the one target that runs; each setting has the line that the agent says of it", async () => {
    const { asked, said } = await agentOf([one], changed);
    const { code, out, error } = await said("sample-rate=250", "timing=wrap");
    expect([code, error]).toEqual([0, ""]);
    expect(out).toBe("sample-rate: 100 → 250\ntiming is wrap already\n");
    expect(asked).toEqual([["1", { "sample-rate": "250", timing: "wrap" }]]);
  });

  it("goes to the target that is named; a value may hold anything, an = as well", async () => {
    const { asked, said } = await agentOf([one, two], changed.slice(0, 1));
    await said("4243", "tags=a=b,c= d");
    expect(asked).toEqual([["2", { tags: "a=b,c= d" }]]);
  });

  it("that is refused says why, and the exit code says that one was", async () => {
    const text = "engine: it is read when the program starts: set GST_PYROSCOPE_ENGINE and start the program again";
    const { said } = await agentOf([one], [...changed, { name: "engine", value: "timer", outcome: "refused", text }]);
    const { code, out } = await said("engine=perf");
    expect([code, out.split("\n")[2]]).toEqual([13, text]);
  });

  it("of which an agent of another release says something strange is no success", async () => {
    const { said } = await agentOf([one], [{ name: "timing", outcome: "maybe" }, null]);
    expect(await said("timing=off")).toEqual({ code: 13, out: "timing: not changed\n: not changed\n", error: "" });
  });
});

describe("what cannot be sent", () => {
  it.each([
    [[], "there is nothing to change: gst-pyroscope set PID sample-rate=250"],
    [["4242"], "there is nothing to change: gst-pyroscope set PID sample-rate=250"],
    [["4242", "sample-rate"], "sample-rate is no change: write name=value, as in sample-rate=250"],
    [["timing=off", "4242"], "4242 is no change: write name=value, as in sample-rate=250"],
    [["--timing=off"], "--timing=off is no change: write name=value, as in sample-rate=250"],
  ])("%j is a wrong argument, and nobody is asked", async (words, sentence) => {
    const { asked, said } = await agentOf([one]);
    expect([await said(...words), asked]).toEqual([{ code: 2, out: "", error: `${sentence}\n` }, []]);
  });

  it("is for a process that is not profiled, or for one of several", async () => {
    const { said } = await agentOf([one, two]);
    expect(await said("1", "timing=off")).toMatchObject({
      code: 12,
      error: expect.stringMatching(/^process 1 is not/),
    });
    expect(await said("timing=off")).toMatchObject({ code: 12, error: expect.stringMatching(/4242, 4243\n$/) });
  });

  it.each([
    [404, { error: "x" }, "its agent (1.2.3) changes no settings"],
    [500, { error: "it went wrong" }, "its agent answers with status 500: it went wrong"],
    [200, {}, "its agent answers with status 200"],
  ])("is answered with %d by an agent that cannot", async (status, results, sentence) => {
    const { said } = await agentOf([one], results, status);
    expect(await said("timing=off")).toEqual({ code: 12, out: "", error: `${sentence}\n` });
  });
});
