// What stands above the table: which process, for how long, what was lost, and what is slow?
import pico from "picocolors";
import { describe, expect, it } from "vitest";
import { clock, measuredOf, slowLines, whoAndLosses } from "../../../../src/terminal/top/heading.js";
import { second, summaryOf } from "../../../helpers/summary-tables.js";
import { seen, summary, target } from "../../../helpers/top-data.js";

const paint = pico.createColors(false);

describe("the heading", () => {
  it("says which process it is, for how long, which time it is about, how busy it was, and what was lost", () => {
    expect(whoAndLosses(seen, 2, paint, 200)).toEqual([
      "4242 studio, up 1:05, last 2.00 s: 46.0 % of a core; gst-launch-1.0 videotestsrc ! x264enc ! fakesink",
      "Lost: nothing of 92 samples",
    ]);
    expect(whoAndLosses(seen, null, paint, 200)[0]).toContain("all that is kept");
  });

  it("names losses that matter", () => {
    const lost = { ...summary, losses: { ring_full: 50 }, counters: { samples_written: 50 } };
    expect(whoAndLosses({ ...seen, summary: lost }, 2, paint, 80)[1]).toBe("Lost: ring_full 50 (50 %)");
  });

  it("says that nothing is recorded where that was switched off", () => {
    const off = { ...target, settings: { ...target.settings, enabled: false } };
    expect(whoAndLosses({ ...seen, target: off }, 2, paint, 200)[0]).toContain("recording is off;");
    expect(slowLines({ ...seen, target: off }, paint, 80, 2)).toEqual([
      "Recording is off: gst-pyroscope set 4242 enabled=true switches it on. enc burns",
      expect.stringMatching(/^76 % /),
    ]);
  });

  it("fits the terminal and obeys no name", () => {
    const hostile = { ...target, service: "\u001b[2J\u202e", command: "日本語".repeat(40) };
    for (const width of [10, 40, 80]) {
      const [who = ""] = whoAndLosses({ ...seen, target: hostile }, 2, paint, width);
      expect(who).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(who.length).toBeLessThanOrEqual(width);
    }
  });

  it("says what is slow, as the report does, always in as many lines", () => {
    expect(slowLines(seen, paint, 200, 2)).toEqual([expect.stringMatching(/^enc burns 76 % /), ""]);
    expect(slowLines(seen, paint, 20, 2)).toEqual([expect.stringMatching(/^enc /), expect.stringMatching(/…/)]);
    expect(slowLines(seen, paint, 20, 0)).toEqual([]);
  });
});

describe("an age", () => {
  it("is in minutes, hours or days", () => {
    expect([0, 65, 3605, 90_061].map((s) => clock(s * second))).toEqual(["0:00", "1:05", "1:00:05", "1 d 01:01:01"]);
  });
});

describe("buffers", () => {
  it("were counted where timing is on, or was", () => {
    const off = { ...target, settings: { ...target.settings, timing: "off" } };
    const nothing = summaryOf({ rows: [{ name: "a" }] });
    expect(measuredOf({ target, summary: nothing, functions: null }).counts).toBe(true);
    expect(measuredOf({ target: off, summary: nothing, functions: null }).counts).toBe(false);
    expect(measuredOf({ target: off, summary, functions: null }).counts).toBe(true);
  });
});
