// Does `symbolize` say in a sentence what became of the capture, with an exit code that a script can tell?
import { describe, expect, it } from "vitest";
import type { Step, Symbolized } from "../../../src/agent/symbolize/symbolize.js";
import { CaptureError } from "../../../src/capture/errors.js";
import { symbolize } from "../../../src/commands/symbolize.js";

const done: Symbolized = { before: 0, after: 0, lines: 0, open: 0, refused: [] };

async function said(
  outcome: Partial<Symbolized> | Error,
  { steps = [], terminal = false, flags = {} as Record<string, string>, from = "" } = {} as {
    steps?: Step[];
    terminal?: boolean;
    flags?: Record<string, string>;
    from?: string;
  },
) {
  const [out, errors, drawn]: [string[], string[], string[]] = [[], [], []];
  const code = await symbolize(
    "my-capture",
    { from, layers: { flags, environment: {} } },
    {
      symbolizeCapture: async ({ progress }) => {
        for (const step of steps) progress(step);
        if (outcome instanceof Error) throw outcome;
        return { ...done, ...outcome };
      },
      loadNative: () => ({}) as never,
      terminal: { out: (text) => out.push(text), error: (line) => errors.push(line), columns: 80, colour: false },
      draw: terminal ? (line) => drawn.push(line) : undefined,
    },
  );
  return { code, out: out.join(""), errors, drawn };
}

describe("the sentence", () => {
  it.each<[Partial<Symbolized>, string]>([
    [
      { before: 1024, after: 212, lines: 900, open: 6 },
      "812 of 1,024 frames without a symbol got one, 900 a source line; left: 212 frames in 6 modules\n",
    ],
    [{ before: 1, after: 0 }, "1 of 1 frame without a symbol got one; left: none\n"],
    [
      { before: 2, after: 2, lines: 1, open: 1 },
      "1 frame got a source line; without a symbol left: 2 frames in 1 module\n",
    ],
    [{}, "every frame of a module with a build-id has its symbol already\n"],
  ])("of %j, with exit code 0", async (outcome, sentence) => {
    expect(await said(outcome)).toEqual({ code: 0, out: sentence, errors: [], drawn: [] });
  });

  it("of nothing that matched has an exit code of its own, behind what was refused", async () => {
    const refused = Array.from({ length: 8 }, (_, i) => `lib${i}.so is not used`);
    const { code, out, errors } = await said({ before: 3, after: 3, open: 2, refused });
    expect([code, out]).toEqual([11, ""]);
    expect(errors).toEqual([
      ...refused.slice(0, 5),
      "3 more files of other builds",
      "nothing was named: no file of the same build has symbols for the 3 frames without one, in 2 modules; --from names a folder of debug files, --debuginfod asks the distribution's server",
    ]);
    const asked = await said({ before: 3, after: 3, open: 2 }, { flags: { debuginfod: "true" } });
    expect([asked.code, asked.errors]).toEqual([11, [expect.stringMatching(/^nothing was named: .* in 2 modules$/)]]);
  });

  it.each<[string, number, Error, string]>([
    [
      "",
      8,
      new CaptureError("ERR_CAPTURE_BUSY", "my-capture"),
      "my-capture: another process is writing a capture here",
    ],
    ["", 6, new CaptureError("ERR_CAPTURE_TRUNCATED", "my-capture", "x"), "my-capture: the capture is cut off (x)"],
    ["", 1, new Error("unexpected"), "unexpected"],
    [
      "/nosuch",
      2,
      Object.assign(new Error("no"), { code: "ENOENT" }),
      "--from: /nosuch cannot be read (ENOENT); give a folder of debug files",
    ],
  ])("of a failure %s ends with %d", async (from, code, error, sentence) => {
    expect(await said(error, { from })).toEqual({ code, out: "", errors: [sentence], drawn: [] });
  });

  it("of a wrong flag names it, and nothing is begun", async () => {
    const { code, errors } = await said(new Error("was begun"), { flags: { debuginfod: "maybe" } });
    expect([code, errors]).toEqual([
      2,
      [expect.stringMatching(/^debuginfod \(--debuginfod\): .*neither true nor false/)],
    ]);
  });
});

describe("who waits", () => {
  const state = { asked: 14, ended: 3, bytes: 12_300_000, module: "libx264.so.164" };
  const steps: Step[] = [
    { doing: "reading", profile: 1, of: 9 },
    { doing: "fetching", state, outcome: "" },
    { doing: "fetching", state: { ...state, ended: 4 }, outcome: "not found" },
  ];

  it("on a terminal sees one line, which is gone at the end", async () => {
    const { drawn, errors } = await said({}, { steps, terminal: true });
    expect([drawn[0], drawn.at(-1), errors]).toEqual(["gst-pyroscope: reading profile 1 of 9", "", []]);
  });

  it.each<[Step, string]>([
    [{ doing: "looking", files: 12_345 }, "gst-pyroscope: looking at debug files: 12,345"],
    [{ doing: "naming", profile: 3, of: 9 }, "gst-pyroscope: naming profile 3 of 9"],
    [{ doing: "fetching", state, outcome: "" }, "gst-pyroscope: debuginfod: 3 of 14 files, 12.3 MB, libx264.so.164"],
  ])("reads of %j", async (step, line) => {
    expect((await said({}, { steps: [step], terminal: true })).drawn[0]).toBe(line);
  });

  it("elsewhere reads a line for each file that came or did not", async () => {
    const { errors } = await said({}, { steps });
    expect(errors).toEqual(["debuginfod: 4 of 14 files, 12.3 MB, libx264.so.164: not found"]);
  });
});
