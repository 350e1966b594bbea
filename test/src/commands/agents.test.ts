// Is what agents answer taken as it is, where they are of another release too, and is one that does not answer named?
// SPDX-License-Identifier: MPL-2.0

import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { askAgent, obstacle, targetsOf } from "../../../src/commands/agents.js";
import { scratch } from "../../helpers/scratch.js";
import { statusOf } from "../../helpers/statuses.js";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** An agent that answers with that. */
async function agent(status: number, text: string) {
  const folder = scratch("door");
  mkdirSync(folder, { mode: 0o700 });
  const server = createServer((_, answer) => answer.writeHead(status).end(text));
  await new Promise<void>((ready) => server.listen({ path: join(folder, "agent-7.sock") }, ready));
  closers.push(() => server.close());
  return { folder, agentPid: 7 };
}

describe("an agent", () => {
  it("tells of all its targets", async () => {
    const targets = [statusOf({ pid: 1 }), statusOf({ id: 2, pid: 2, losses: { ring_full: 3 } })];
    const asked = await askAgent(await agent(200, JSON.stringify({ version: "0.1.0", pid: 7, targets })));
    expect(asked).toMatchObject({ version: "0.1.0", targets, problem: "" });
    expect(targetsOf([asked]).map(({ target, agent: its }) => [target.pid, its.place.agentPid])).toEqual([
      [1, 7],
      [2, 7],
    ]);
  });

  it("of another release lacks fields, has more, or has others, and is shown with what is there", async () => {
    const strange = [{ pid: 5, service: 6, losses: { a: "b" }, pipelines: "x", more: 1 }, null, "text"];
    const asked = await askAgent(await agent(200, JSON.stringify({ targets: strange })));
    expect(asked.targets).toEqual([
      statusOf({
        ...{ id: 0, pid: 5, service: "", command: "", pipelines: [], startTime: "", uptimeNs: 0, samples: 0 },
        losses: { a: 0 },
        settings: { enabled: false, sampleRate: 0, wallRate: 0, timing: "" },
      }),
    ]);
  });

  it.each([
    [404, "{}"],
    [200, "no JSON"],
    [200, "[]"],
    [200, '{"targets":{}}'],
  ])("that answers %d with %s has a problem and no target", async (status, text) => {
    const asked = await askAgent(await agent(status, text));
    expect([asked.targets, asked.problem]).toEqual([[], expect.stringMatching(/another release/)]);
  });
});

it("where this user can have no control socket it says how to get one", () => {
  expect(obstacle({ XDG_RUNTIME_DIR: scratch() })).toBe("");
  if (process.geteuid?.() === 0) return; // root has one place, whatever the environment says
  expect(obstacle({})).toContain("export XDG_RUNTIME_DIR");
  expect(obstacle({ XDG_RUNTIME_DIR: join(scratch(), "missing") })).toMatch(
    /no control socket: .*missing.* \(ENOENT\)$/,
  );
});
