// Does the terminal show it whole: twelve lines, any width, any name?
import { beforeAll, describe, expect, test } from "vitest";
import { type Capture, readCapture } from "../../../src/capture/reader.js";
import { printable } from "../../../src/model/printable.js";
import { cellWidth } from "../../../src/terminal/columns.js";
import { shortText, wideText } from "../../../src/terminal/text.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders, hostileNames, longChain } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

/** A path or a command is not broken over lines, however narrow the terminal is. */
const isCopied = (line: string): boolean => line.includes("/usr") || line.startsWith("  gst-pyroscope ");

const escapes = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const linesOf = (text: string): string[] => text.replace(/\n$/, "").split("\n");
const plain = (columns: number): { columns: number; colour: boolean } => ({ columns, colour: false });

let usual: Capture;
let many: Capture;
let hostile: Capture;

beforeAll(async () => {
  const captureOf = async (...args: Parameters<typeof sampleCapture>): Promise<Capture> =>
    readCapture(await writeSample(scratch(), sampleCapture(...args)));
  usual = await captureOf("pipeline0", encoders);
  many = await captureOf("pipeline0", longChain(200));
  hostile = await captureOf(
    "\u001b[31mpipe\u202e",
    hostileNames.map((name, i) => ({ path: name.replaceAll("/", "\\/"), factory: name, samples: 100 - i })),
  );
});

describe("the summary after a run", () => {
  test("is at most twelve lines of eighty columns and names the bottleneck, the losses and the report", () => {
    for (const capture of [usual, many, hostile]) {
      const lines = linesOf(shortText(capture, "gst-pyroscope-x/report.html", plain(200)));
      expect(lines.length).toBeLessThanOrEqual(12);
      for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(80);
    }
    const text = shortText(usual, "dir/report.html", plain(80));
    expect(linesOf(text)[0]).toMatch(/^x264enc0 burns 62 % of the CPU time/);
    expect(text).toMatch(/^x264enc0 +62\.1 +6,110 .* 300$/m);
    expect(text).toMatch(/^Lost: nothing of 984 samples$/m);
    expect(linesOf(text).at(-1)).toBe("Report: dir/report.html");
  });

  test("has a dash for what was not measured, never a zero", () => {
    const settings = { ...usual.facts.settings, timing: "off" };
    const unseen = { ...usual, cpu: null, cells: [], facts: { ...usual.facts, settings } };
    expect(shortText(unseen, null, plain(80))).toMatch(/^x264enc0( +-){5}$/m);
    expect(wideText(unseen, plain(300))).toMatch(/^encoder\/x264enc0 +x264enc( +-)+ *$/m);
    // Counted, and none came.
    expect(shortText({ ...usual, cells: [] }, null, plain(80))).toMatch(/^x264enc0 .* 0$/m);
  });

  test("says how many elements it leaves out, and leaves none out unsaid", () => {
    const lines = linesOf(shortText(many, null, plain(80)));
    const rows = lines.filter((line) => /^identity|^fakesrc/.test(line) && /\d$/.test(line)).length;
    expect(lines.join("\n")).toContain(`and ${200 - rows} more elements`);
  });

  test("fits narrow terminals", () => {
    for (const columns of [20, 30, 45, 60]) {
      const lines = linesOf(shortText(usual, null, plain(columns)));
      expect(lines.length).toBeLessThanOrEqual(12);
      for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  test("shows losses by name and an unfinished capture as such", () => {
    const capture = {
      ...usual,
      complete: false,
      facts: { ...usual.facts, losses: { ring_full: 112, inferred: 9, samples_written: 984, no_table: 3 } },
    };
    expect(shortText(capture, null, plain(80))).toContain("Lost: ring_full 112 (10 %), no_table 3 (0.3 %)\n");
    expect(shortText(capture, null, plain(80))).toContain("The capture is not complete");
  });
});

describe("the long report", () => {
  test("has a row for every element, every thread and what would give better names", () => {
    const text = wideText(usual, plain(180));
    for (const e of encoders) if (!e.bin) expect(text).toMatch(new RegExp(`^${e.path} `, "m"));
    expect(text).toMatch(/^vq:src +66\.9 +6,580$/m);
    expect(text).toContain("libx264.so.164: 489 frames");
    expect(text).toContain("Stacks: 100 % reach the thread's first frame");
  });

  test("says how many frames have a name, and what named them where that is not symbols alone", () => {
    const rows = (usual.cpu?.rows ?? []).map((row) => ({ ...row, frames: 1000, framesNamed: 220 }));
    const text = (change: { framesByType: number; framesByRole: number }) => {
      const cpu = usual.cpu && { ...usual.cpu, rows: rows.map((row) => ({ ...row, ...change })) };
      return wideText({ ...usual, cpu }, plain(60)).replace(/\n(?=\S)/g, "\n ");
    };
    expect(text({ framesByType: 170, framesByRole: 320 })).toMatch(
      /Frames with a name: 71 % \(22 % symbols, 17 % types, 32 %\s+roles\)\./,
    );
    expect(text({ framesByType: 0, framesByRole: 0 })).toContain("Frames with a name: 22 %.\n");
  });

  test("says why there is no latency at every width, in one line or in lines of its own", async () => {
    const sample = sampleCapture("pipeline0", encoders);
    const like = sample.cells.at(-1);
    if (like === undefined) throw new Error("no cells");
    const unmatched = { ...like, kind: "latency" as const, invocations: 300, buffers: 12, dropped: 0 };
    const cells = [...sample.cells, unmatched];
    const capture = await readCapture(await writeSample(scratch(), { ...sample, cells }));
    const reason = "12 of 300 matched: buffers arrive with other times than the source gave them";
    for (const columns of [40, 60, 80, 100, 140, 200, 300]) {
      const text = wideText(capture, plain(columns));
      expect(text.replace(/\s+/g, " "), `${columns}`).toContain(reason);
      for (const line of linesOf(text))
        if (!isCopied(line)) expect(cellWidth(line), line).toBeLessThanOrEqual(Math.max(columns, 60));
    }
  });

  test("explains its columns, and has the longest time and the buffers of a second", () => {
    const text = wideText(usual, plain(300));
    const head = linesOf(text).find((line) => line.startsWith("ELEMENT")) ?? "";
    const legend = text.slice(text.indexOf("Columns: ")).replace(/\s+/g, " ");
    for (const title of head.split(/ {2,}/).slice(2)) expect(legend).toContain(` ${title}: `);
    const row = (linesOf(text).find((line) => line.startsWith("encoder/x264enc0")) ?? "").split(/ {2,}/);
    expect(row[head.split(/ {2,}/).indexOf("MAX")]).toMatch(/^\d\d\.\d ms$/);
    expect(row[head.split(/ {2,}/).indexOf("PER SECOND")]).toBe("30.0");
  });

  test("gives up columns before it gives up lines", () => {
    for (const columns of [40, 60, 80, 100, 140]) {
      for (const line of linesOf(wideText(usual, plain(columns)))) {
        if (!isCopied(line)) expect(cellWidth(line), line).toBeLessThanOrEqual(Math.max(columns, 60));
      }
    }
  });
});

test("no name moves the cursor, colours the screen or turns the line around", () => {
  for (const text of [shortText(hostile, null, plain(80)), wideText(hostile, plain(120))])
    expect(text.replaceAll("\n", "")).not.toMatch(escapes);
  expect(printable("a\u001b[2Jb\u202ec\nd")).toBe("a·[2Jb·c·d");
});

test("colour is there when asked for and only then", () => {
  expect(shortText(usual, null, { columns: 80, colour: true })).toContain("\u001b[");
  expect(shortText(usual, null, plain(80))).not.toContain("\u001b");
});
