// Which process does `top` look at, and what does it say where there is none, or several?
import { PassThrough } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import { describe, expect, it } from "vitest";
import type { AskedAgent } from "../../../src/commands/agents.js";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { top } from "../../../src/commands/top.js";
import type { TopFlags } from "../../../src/commands/top-request.js";
import { CodedError } from "../../../src/errors.js";
import { agentWith, statusOf } from "../../helpers/statuses.js";
import { askedAgent, topAgent } from "../../helpers/top-agent.js";
import { summary } from "../../helpers/top-data.js";

async function run(agents: () => Promise<AskedAgent[]>, pid?: number, flags: TopFlags = {}) {
  const output = new PassThrough();
  const input = new PassThrough();
  const lines: string[] = [];
  const { code } = await top(pid, flags, {
    environment: { XDG_RUNTIME_DIR: "/nowhere" },
    agents,
    input: input as unknown as ReadStream,
    output: output as unknown as WriteStream,
    say: (line) => lines.push(line),
    colour: false,
  });
  return { code, lines, out: String(output.read() ?? "") };
}

describe("top", () => {
  it("looks at the only process that is profiled, or at the one that is named", async () => {
    const agent = await topAgent();
    const both = async () => [agentWith(1, statusOf({ pid: 1 })), askedAgent(agent)];
    const flags = { json: true, count: "1" } as const;
    expect(JSON.parse((await run(async () => [askedAgent(agent)], undefined, flags)).out)).toEqual(summary);
    expect(JSON.parse((await run(both, 4242, flags)).out)).toEqual(summary);
  });

  it("prints lines where nobody looks", async () => {
    const agent = await topAgent();
    const { code, out } = await run(async () => [askedAgent(agent)], undefined, { count: "1" });
    expect(code).toBe(0);
    expect(out).toMatch(/^\d{4}-.*Z 4242 studio, up 1:05/);
    expect(out).toMatch(/\nenc +35\.0 +76\.1 +700 /);
  });

  it("lists those that can be named where there are several", async () => {
    const agents = [
      agentWith(7, statusOf({ pid: 1, service: "a" }), statusOf({ pid: 2, service: "b", command: "\u001b[2J" })),
    ];
    const { code, lines } = await run(async () => agents);
    expect(code).toBe(exitCodes.noTarget.code);
    expect(lines[0]).toMatch(/2 processes are profiled, name one of them: 1, 2/);
    expect(lines.slice(1)).toEqual(["  1  a  gst-launch-1.0 -q", "  2  b  \u001b[2J"]); // the caller makes it printable
  });

  it("says what there is where the process is not profiled, and what is wrong with a flag or a folder", async () => {
    expect(await run(async () => [])).toMatchObject({
      code: exitCodes.noTarget.code,
      lines: [expect.stringMatching(/^no process of this user is profiled; /)],
    });
    expect(await run(async () => [agentWith(7, statusOf({ pid: 1 }))], 5)).toMatchObject({
      lines: [expect.stringMatching(/^process 5 is not profiled by this user; /)],
    });
    expect(await run(async () => [], undefined, { sort: "x" })).toMatchObject({ code: exitCodes.usage.code });
    const wrong = async () => {
      throw new CodedError("ERR_DOOR_FOLDER", "/run/x");
    };
    expect(await run(wrong)).toMatchObject({ code: exitCodes.failed.code, lines: [expect.stringContaining("/run/x")] });
  });
});
