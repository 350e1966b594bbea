// Does `ps` list every process that is profiled, in a narrow terminal too, and say what to do about those that it cannot ask?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import type { Offer } from "../../../src/attach/offers.js";
import type { AskedAgent } from "../../../src/commands/agents.js";
import { age, ps } from "../../../src/commands/ps.js";
import { CodedError } from "../../../src/errors.js";
import { cellWidth } from "../../../src/terminal/columns.js";
import { saidBy } from "../../helpers/said.js";
import { agentWith, statusOf } from "../../helpers/statuses.js";

const environment = { XDG_RUNTIME_DIR: "/run/user/1000" };

function listed(agents: AskedAgent[], { offers = [] as Offer[], json = false, columns = 120 } = {}) {
  const ask = async () => agents;
  return saidBy((terminal) => ps({ json }, { environment, ask, offers: () => offers, terminal }), columns);
}

const several = [
  agentWith(
    7,
    statusOf({ pid: 4242, losses: { ring_full: 1000, upload_expired: 234 }, pipelines: ["a", "b", "c", "d", "e"] }),
    statusOf({ id: 2, pid: 4243, service: "encoder \u001b[31m", state: "ended", uptimeNs: 3 * 86_400e9 }),
  ),
  agentWith(8, statusOf({ pid: 5, settings: { enabled: false, sampleRate: 0, wallRate: 0, timing: "off" } })),
];

describe("the table", () => {
  it("has a row for each process: its losses as a sum, and whether it runs", async () => {
    const { code, out } = await listed(several);
    expect([code, out.trimEnd().split("\n")]).toEqual([
      0,
      [
        "PID   SERVICE        STATE     AGE  SAMPLES   LOST  PIPELINES        COMMAND",
        "4242  studio         running  61 s    1,234  1,234  a, b, c, 2 more  gst-launch-1.0 -q",
        "4243  encoder ·[31m  ended     3 d    1,234   none  pipeline         gst-launch-1.0 -q",
        "5     studio         off      61 s    1,234   none  pipeline         gst-launch-1.0 -q",
      ],
    ]);
  });

  it.each([40, 60, 80])("fits %d columns, and keeps the process and its losses", async (columns) => {
    const { out } = await listed(several, { columns });
    for (const line of out.split("\n")) expect(cellWidth(line)).toBeLessThanOrEqual(columns);
    expect(out).toMatch(/^PID .* LOST/);
    expect(out).toMatch(/^4242 .* 1,234/m);
  });
});

it("an age has the unit that says most", () => {
  const ages = [0, 1.9, 119, 120, 7199, 7200, 172_799, 172_800].map((seconds) => age(seconds * 1e9));
  expect(ages).toEqual(["0 s", "1 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
});

describe("what is not in the table", () => {
  it("is nothing: then it says how to begin", async () => {
    const { code, out, error } = await listed([]);
    expect([code, error]).toEqual([0, ""]);
    expect(out).toMatch(/^No process of this user is profiled: start one with gst-pyroscope run -- COMMAND/);
  });

  it("is a process that no agent reads, or one whose agent cannot be asked", async () => {
    const offers = [
      { pid: 4242, inode: 1, agents: [7] },
      { pid: 50, inode: 2, agents: [] },
      { pid: 60, inode: 3, agents: [61] },
    ];
    const { out } = await listed(several, { offers });
    expect(out).toContain("\nProcess 50 has a tracer and no agent reads it: gst-pyroscope agent --pid 50 does.\n");
    expect(out).toContain("\nProcess 60 is profiled by agent 61, which cannot be asked: ");
    expect(out).not.toContain("Process 4242");
  });

  it("is an agent that did not answer, with the reason", async () => {
    const { code, out } = await listed([{ ...agentWith(9), problem: "no answer within 10 s" }]);
    expect([code, out]).toEqual([0, "Agent 9: no answer within 10 s.\n"]);
  });
});

it("--json has everything, for programs, in letters that harm no terminal", async () => {
  const offers = [{ pid: 50, inode: 2, agents: [] }];
  const { out } = await listed([...several, { ...agentWith(9), problem: "silent" }], { offers, json: true });
  expect(out).not.toContain("\u001b");
  const { targets, unreached, unlisted } = JSON.parse(out);
  expect(targets).toHaveLength(3);
  expect(targets[0]).toEqual({ ...several[0]?.targets[0], agentPid: 7, agentVersion: "1.2.3" });
  expect([unreached, unlisted]).toEqual([[{ agentPid: 9, problem: "silent" }], [{ pid: 50, agentPids: [] }]]);
});

it("a folder that is not this user's is one sentence and a failure", async () => {
  const ask = async () => Promise.reject(new CodedError("ERR_DOOR_FOLDER", "/run/x: it belongs to user 5"));
  const { code, out, error } = await saidBy((terminal) => ps({}, { environment, ask, offers: () => [], terminal }));
  expect([code, out]).toEqual([1, ""]);
  expect(error).toMatch(/^the folder of control sockets cannot be used: \/run\/x: it belongs to user 5/);
});
