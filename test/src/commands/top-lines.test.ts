// What does `top` print where no person looks, how often, and when does it end?
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import type { Look } from "../../../src/commands/followed-target.js";
import { topLines } from "../../../src/commands/top-lines.js";
import { type TopFlags, type TopRequest, topRequest } from "../../../src/commands/top-request.js";
import { seen, summary } from "../../helpers/top-data.js";

async function run(looks: Look[], flags: TopFlags = {}, reader = new AbortController(), most = 100) {
  const said = { out: [] as string[], lines: [] as string[] };
  const questions: unknown[] = [];
  const followed = {
    look: async (question: unknown): Promise<Look> => {
      questions.push(question);
      return looks.shift() ?? { over: "process 4242 has ended" };
    },
  };
  const out = (text: string) => {
    said.out.push(text);
    if (said.out.length >= most) reader.abort();
  };
  const parts = {
    out,
    reader: reader.signal,
    say: (line: string) => said.lines.push(line),
    columns: 80,
    colour: false,
  };
  const code = await topLines(followed, topRequest({ interval: "100ms", ...flags }) as TopRequest, parts);
  return { code, ...said, questions };
}

describe("lines of top", () => {
  it("are a block for each look, as many as were asked for", async () => {
    const { code, out, lines } = await run([{ seen }, { seen }, { seen }], { count: "2" });
    expect([code, out.length, lines]).toEqual([0, 2, []]);
    for (const text of out) expect(text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z 4242 studio/);
  });

  it("are about the time that was asked for, without functions", async () => {
    expect((await run([{ seen }], { last: "10s" })).questions[0]).toEqual({ range: 10, functions: false });
  });

  it("are one summary a line with --json", async () => {
    const { out } = await run([{ seen }, { seen }], { json: true, count: "2" });
    for (const text of out) {
      expect(text).toMatch(/^[^\n]+\n$/);
      expect(JSON.parse(text)).toEqual(summary);
    }
  });

  it("end with the process, which is no failure, once something was seen of it", async () => {
    expect(await run([{ seen }])).toMatchObject({ code: 0, lines: ["process 4242 has ended"] });
    expect(await run([])).toMatchObject({ code: exitCodes.noTarget.code, out: [], lines: ["process 4242 has ended"] });
  });

  it("say once what they wait for", async () => {
    const notes = [3, 2, 1].map((s) => ({ note: `is waited for: ${s} s.` }));
    const { lines } = await run([{ seen }, ...notes, { seen }, { note: "is waited for: 3 s." }]);
    expect(lines).toEqual(["is waited for: 3 s.", "is waited for: 3 s.", "process 4242 has ended"]);
  });

  it("end where nobody reads them any more", async () => {
    const { code, out } = await run([{ seen }, { seen }, { seen }], {}, new AbortController(), 1);
    expect([code, out.length]).toEqual([0, 1]);
  });
});
