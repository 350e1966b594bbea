// What is told of a process that is watched, and of one that ends? A real control socket; the clock is the test's.
import { describe, expect, it } from "vitest";
import type { AskedAgent, FoundTarget } from "../../../src/commands/agents.js";
import { FollowedTarget } from "../../../src/commands/followed-target.js";
import { summaryOf } from "../../helpers/summary-tables.js";
import { askedAgent, type TopAgent, topAgent } from "../../helpers/top-agent.js";
import { functions, summary } from "../../helpers/top-data.js";

const question = { range: 2, functions: false };

function follow(agent: TopAgent, others: () => AskedAgent[] = () => [], waitMs = 10_000) {
  const clock = { ms: 0 };
  const found: FoundTarget = { agent: askedAgent(agent), target: agent.targets[0] as FoundTarget["target"] };
  const parts = { agents: async () => others(), waitMs, now: () => clock.ms };
  return { followed: new FollowedTarget(found, parts), clock };
}

describe("a process that runs", () => {
  it("is told of as its agent says it, for the time that is asked for", async () => {
    const agent = await topAgent();
    const { followed } = follow(agent);
    expect(await followed.look(question)).toEqual({ seen: { target: agent.targets[0], summary, functions: null } });
    expect(agent.asked.sort()).toEqual(["/api/status", "/api/targets/1/summary?last=2"]);
    await followed.look({ range: null, functions: false });
    expect(agent.asked).toContain("/api/targets/1/summary");
  });

  it("is told of with its functions where they are wanted, of the same time", async () => {
    const agent = await topAgent();
    expect(await follow(agent).followed.look({ range: 10, functions: true })).toMatchObject({ seen: { functions } });
    expect(agent.asked).toContain("/api/targets/1/functions?last=10");
  });

  it("has no figures yet in its first second", async () => {
    const agent = await topAgent();
    agent.summary = { ...summary, target: { ...summary.target, durationNs: 0 } };
    expect(await follow(agent).followed.look(question)).toEqual({ note: expect.stringContaining("first figures") });
  });

  it("is watched on when its agent answers nonsense for a while", async () => {
    const agent = await topAgent();
    const { followed } = follow(agent);
    agent.summary = null as unknown as typeof summary;
    expect(await followed.look(question)).toEqual({
      note: expect.stringMatching(/^The agent of process 4242 cannot be asked/),
    });
    agent.summary = summaryOf({ rows: [] });
    expect(await followed.look(question)).toHaveProperty("seen");
  });
});

describe("a process that ends", () => {
  it("is waited for: another one of its service is told of next", async () => {
    const first = await topAgent();
    const later: AskedAgent[] = [];
    const { followed, clock } = follow(first, () => later);
    expect(await followed.look(question)).toHaveProperty("seen");
    first.targets = [];
    expect(await followed.look(question)).toEqual({
      note: "Process 4242 has ended; one of service studio is waited for: 10 s.",
    });
    clock.ms = 3001;
    expect(await followed.look(question)).toEqual({ note: expect.stringContaining("waited for: 7 s.") });
    first.targets = [status(2, 4343)];
    later.push(askedAgent(first));
    expect(await followed.look(question)).toMatchObject({ seen: { target: { pid: 4343, id: 2 } } });
  });

  it("is over after ten seconds, or at once where nobody waits", async () => {
    const agent = await topAgent();
    const { followed, clock } = follow(agent);
    agent.targets = [{ ...(agent.targets[0] as FoundTarget["target"]), state: "ended" }];
    expect(await followed.look(question)).toHaveProperty("note");
    clock.ms = 10_000;
    const over = "process 4242 has ended, and none of service studio came within 10 s";
    expect(await followed.look(question)).toEqual({ over });
    expect(await follow(agent, () => [], 0).followed.look(question)).toEqual({ over: "process 4242 has ended" });
  });

  it("is not replaced by one of another service, nor by one that has ended too", async () => {
    const agent = await topAgent();
    const others = [status(2, 1, { service: "other" }), status(3, 2, { state: "ended" })];
    const { followed } = follow(agent, () => [{ ...askedAgent(agent), targets: others }]);
    agent.targets = [];
    expect(await followed.look(question)).toHaveProperty("note");
  });

  it("may have ended when its agent is gone: nobody says that it has", async () => {
    const agent = await topAgent();
    const { followed } = follow(agent);
    expect(await followed.look(question)).toHaveProperty("seen");
    agent.close();
    expect(await followed.look(question)).toEqual({
      note: expect.stringMatching(/^Process 4242 or its agent has ended; /),
    });
  });
});

function status(id: number, pid: number, change: Partial<FoundTarget["target"]> = {}): FoundTarget["target"] {
  const settings = { enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap" };
  const facts = {
    service: "studio",
    command: "x",
    pipelines: [],
    startTime: "",
    uptimeNs: 1e9,
    samples: 1,
    losses: {},
  };
  return { ...facts, settings, state: "running", id, pid, ...change };
}
