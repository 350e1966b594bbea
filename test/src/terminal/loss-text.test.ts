// Is a loss said in red only where it may change a conclusion, and is nothing lost said as such?
import { stripVTControlCharacters } from "node:util";
import pico from "picocolors";
import { describe, expect, it } from "vitest";
import { cellWidth } from "../../../src/terminal/columns.js";
import { lossLine, lossLines } from "../../../src/terminal/loss-text.js";
import { second, summaryOf } from "../../helpers/summary-tables.js";

const summary = summaryOf({ rows: [{ name: "a", cpuNs: 10 * second }] });
const [bare, coloured] = [pico.createColors(false), pico.createColors(true)];
const line = (losses: Record<string, number>, width = 200) =>
  lossLine({ losses: { samples_written: 1000, ...losses }, lossHelp: {} }, summary, bare, width);

describe("the line about losses", () => {
  it("says of how many samples nothing was lost", () => {
    expect(line({})).toBe("Lost: nothing of 1,000 samples");
    expect(lossLine({ losses: {}, lossHelp: {} }, summaryOf({ rows: [] }), bare, 80)).toBe("Lost: nothing");
  });

  it("says what was lost, and that it does not matter where it is little", () => {
    expect(line({ ring_full: 10 })).toBe("Lost: nothing that changes a conclusion: ring_full 10 (1.0 %)");
    expect(line({ ring_full: 1000, no_table: 20 })).toBe("Lost: ring_full 1,000 (50 %), no_table 20 (1.0 %)");
  });

  it("is no word about what is only counted", () => {
    expect(line({ inferred: 500, spans_written: 7, ring_full: 0 })).toBe("Lost: nothing of 1,000 samples");
  });

  it("is red only where a loss is serious", () => {
    const painted = (ring_full: number) =>
      lossLine({ losses: { samples_written: 1000, ring_full }, lossHelp: {} }, summary, coloured, 200);
    expect(painted(1000)).toBe(coloured.red("Lost: ring_full 1,000 (50 %)"));
    expect(painted(10)).not.toContain("\u001b");
  });

  it("fits, and moves no cursor, whatever a newer tracer called a loss", () => {
    expect(cellWidth(line({ ["x".repeat(300)]: 5 }, 60))).toBe(60);
    expect(line({ "\u001b[31m\u202e": 5 })).toMatch(/^Lost: ·\[31m· 5$/);
  });
});

describe("the lines about losses", () => {
  it("are followed by what each of them means, where that is known", () => {
    const losses = { samples_written: 1000, ring_full: 1000, no_table: 20 };
    expect(lossLines({ losses, lossHelp: { ring_full: "no room" } }, summary, bare, 200)).toEqual([
      "Lost: ring_full 1,000 (50 %), no_table 20 (1.0 %).",
      "  ring_full: no room",
    ]);
  });

  it("are broken between words, each line red on its own", () => {
    const losses = { samples_written: 1000, ring_full: 1000, masked: 500 };
    const lines = lossLines({ losses, lossHelp: {} }, summary, coloured, 24);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines).toEqual(lines.map((one) => coloured.red(stripVTControlCharacters(one))));
  });
});
