// Is every frame of `top` as large as the terminal, with the rows that a person wants to see?
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { cellWidth } from "../../../../src/terminal/columns.js";
import { type FrameOptions, frame } from "../../../../src/terminal/top/frame.js";
import type { Seen } from "../../../../src/terminal/top/heading.js";
import { firstView, type View } from "../../../../src/terminal/top/view.js";
import { hostileNames } from "../../../helpers/sample-elements.js";
import { ms, summaryOf } from "../../../helpers/summary-tables.js";
import { functions, manyElements, seen, target } from "../../../helpers/top-data.js";

const large: FrameOptions = { rows: 24, columns: 80, colour: false, range: 2, note: "" };

function draw(change: Partial<View> = {}, of: Seen | null = seen, options: Partial<FrameOptions> = {}): string[] {
  return frame(of, { ...firstView(), ...change }, { ...large, ...options }).map(stripVTControlCharacters);
}
const selectedIn = (lines: string[]): string => lines.find((line) => line.includes("\u001b[7m")) ?? "";

describe("a frame", () => {
  it("has who, losses, what is slow, the table and the keys, on a terminal of 80 × 24", () => {
    const lines = draw().map((line) => line.trimEnd());
    expect(lines).toHaveLength(24);
    expect(lines.slice(0, 9)).toEqual([
      expect.stringMatching(/^4242 studio, up 1:05, last 2\.00 s: 46\.0 % of a core; gst-laun.*…/),
      "Lost: nothing of 92 samples",
      expect.stringMatching(/^enc burns 76 % /),
      expect.any(String),
      "ELEMENT       CORE %  CPU %  CPU ms  BUFFERS/S  EXCL P50  EXCL P99    LEVEL",
      "enc             35.0   76.1     700       30.0   11.0 ms   90.0 ms        -",
      "source          10.0   21.7     200       30.0   3.00 ms   3.00 ms        -",
      "sink             1.0    2.2      20       25.0   30.0 ms   30.0 ms        -",
      "queue0           0.0    0.0       0       30.0   10.0 µs   10.0 µs     3/16",
    ]);
    expect(lines.at(-1)).toBe("h help  q quit  < > sort: CPU %  p last 2 s  / filter  Enter functions");
  });

  it("has a line for each row of the terminal, none wider than it, whatever the size, the view and the names", () => {
    const hostile = summaryOf({ rows: hostileNames.map((name, i) => ({ name, cpuNs: i * ms, buffersIn: 3 })) });
    const strange: Seen = {
      target: { ...target, service: hostileNames[4] ?? "", command: hostileNames[7] ?? "" },
      summary: hostile,
      functions: null,
    };
    for (const of of [null, seen, strange, manyElements(300)])
      for (const [rows, columns] of [
        [24, 80],
        [60, 200],
        [5, 20],
        [1, 1],
        [2, 10],
        [10, 3],
        [100, 500],
      ] as const)
        for (const change of [
          {},
          { help: true },
          { filter: "\u001b[2Jid" },
          { typing: true, filter: "日本" },
          { expanded: "p/enc" },
        ]) {
          const lines = draw(change, of, { rows, columns });
          expect(lines).toHaveLength(rows);
          for (const line of lines) {
            expect(cellWidth(line)).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          }
        }
  });

  it("turns the selected row, with NO_COLOR too", () => {
    const lines = frame(seen, { ...firstView(), selected: "p/sink" }, large);
    expect(stripVTControlCharacters(selectedIn(lines))).toMatch(/^sink /);
    expect(lines.filter((line) => line.includes("\u001b[")).length).toBe(1);
  });

  it("has the selected row on every page", () => {
    const many = manyElements(100);
    for (const i of [0, 1, 40, 98, 99]) {
      const lines = frame(many, { ...firstView(), selected: `p/id${i}` }, large);
      expect(stripVTControlCharacters(selectedIn(lines))).toMatch(new RegExp(`^id${i} `));
    }
    expect(draw({ selected: "p/id99" }, many).at(-2)).toMatch(/^id99 /);
  });

  it("selects the first row where the selected one is gone", () => {
    expect(stripVTControlCharacters(selectedIn(frame(seen, { ...firstView(), selected: "p/gone" }, large)))).toMatch(
      /^enc /,
    );
  });

  it("shows the functions of the expanded row below it, with shares of the same whole", () => {
    const lines = draw({ expanded: "p/enc" }, { ...seen, functions });
    const at = lines.findIndex((line) => /^enc +\d/.test(line));
    expect(lines.slice(at + 1, at + 3).map((line) => line.trim())).toEqual([
      "43.5 %     400 ms  x264_pixel_satd  libx264.so.164",
      "10.9 %     100 ms  x264_encoder_encode  libx264.so.164",
    ]);
    expect(lines[at + 3]).toMatch(/^source /);
  });

  it("says where there are no functions, or not yet", () => {
    expect(draw({ expanded: "p/enc" }).join("\n")).toContain("functions are asked for");
    expect(draw({ expanded: "p/sink" }, { ...seen, functions }).join("\n")).toContain("No CPU sample fell on it");
    const proto = { ...seen, functions: {} };
    expect(draw({ expanded: "constructor" }, proto).join("\n")).not.toContain("native code");
  });

  it("has the functions of the last row on the last page", () => {
    const many = { ...manyElements(100), functions: { "p/id99": functions["p/enc"] } };
    expect(draw({ selected: "p/id99", expanded: "p/id99" }, many).join("\n")).toContain("x264_encoder_encode");
  });

  it("says what a filter left out, what is typed, what is paused, and what is wrong", () => {
    expect(draw({ filter: "nothing" }).join("\n")).toContain('No element with "nothing"');
    expect(draw({ typing: true, filter: "enc" }).at(-1)).toBe("/enc_");
    expect(draw({ paused: true }).at(-1)).toContain("PAUSED");
    expect(draw({ sort: "p99", reversed: true }).at(-1)).toContain("sort: EXCL P99 reversed");
    expect(draw({}, seen, { note: "The agent does not answer." }).at(-1)).toBe("The agent does not answer.");
    expect(draw({}, null, { note: "The agent is asked." }).at(-1)).toBe("The agent is asked.");
  });

  it("explains keys and columns", () => {
    const text = draw({ help: true }, seen, { rows: 60, columns: 200 }).join("\n");
    expect(text).toMatch(/Enter +shows the functions/);
    expect(text).toMatch(/CORE %: CPU time of the element itself for each second/);
    expect(text).toMatch(/LEVEL: /);
    const narrow = draw({ help: true }, seen, { rows: 60, columns: 80 }).slice(4);
    expect(narrow.join(" ").replace(/ +/g, " ")).toContain("take most CPU time; again: hides them s, <, >,");
    expect(narrow.join("")).not.toContain("…");
  });

  it("of a thousand elements keeps the columns where they are from one second to the next", () => {
    const one = manyElements(1000);
    const heads = [0, 500, 999].map((i) => draw({ selected: `p/id${i}` }, one)[4]);
    expect(new Set(heads).size).toBe(1);
  });
});
