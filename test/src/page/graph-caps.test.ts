// Which links of a drawn pipeline have words of their caps, and do these hide nothing?
import { describe, expect, it } from "vitest";
import type { GraphLayout } from "../../../src/graph/shape.js";
import { capsLabels, shortCaps } from "../../../src/page/browser/graph-caps.js";
import type { PagePipeline } from "../../../src/page/page-data.js";

describe("caps in short", () => {
  it.each([
    ["video/x-raw, format=I420, width=640, height=480, framerate=30/1, …", "raw I420 640×480 30/1"],
    ["video/x-raw(memory:DMABuf), format=NV12, width=8", "raw NV12"],
    ["audio/x-raw, format=S16LE, rate=48000, channels=2, layout=interleaved", "raw S16LE 48000 Hz 2 ch"],
    ["video/x-h264, width=640, height=480, stream-format=avc", "h264 avc 640×480"],
    ["application/x-rtp, media=video, payload=96", "rtp"],
    ["", ""],
    ["…", "…"],
    [`video/${"x".repeat(300)}`, `${"x".repeat(33)}…`],
  ])("of %s are %s", (caps, short) => {
    expect(shortCaps(caps)).toBe(short);
  });
});

/** Two rows of boxes 100 wide and 40 high, 40 apart; links go down, from box to box. */
function pipelineOf(columns: number, caps: string, width: number) {
  const nodes = [0, 80].flatMap((y) => Array.from({ length: columns }, (_, i) => [i * 110, y, 100, 40]));
  const links = Array.from({ length: columns }, (_, i) => [
    i * 110 + 50,
    40,
    i * 110 + 50,
    50,
    i * 110 + 50,
    70,
    i * 110 + 50,
    80,
  ]);
  const layout = { flow: "down", width, height: 120, nodes, sinks: [], sources: [], bins: [], links };
  const pipeline = { links: Array.from({ length: columns }, (_, i) => [i, 0, columns + i, 0, 1, caps]) };
  return [pipeline as unknown as PagePipeline, layout as unknown as GraphLayout] as const;
}

describe("words at links", () => {
  it("stand in the middle, right of the link, or left where it is the last", () => {
    const [first, last] = capsLabels(...pipelineOf(2, "video/x-h264", 210));
    expect(first).toMatchObject({ text: "h264", x: 56 });
    expect(last).toMatchObject({ text: "h264", x: 166 });
    const [only] = capsLabels(...pipelineOf(1, "audio/x-raw, rate=8000", 100));
    expect(only).toBeUndefined();
    const [beside] = capsLabels(...pipelineOf(1, "video/x-h264", 75));
    expect(beside?.x).toBeLessThan(50 - 4);
  });

  it("are left out where they would lie on a box, on another link or on each other's", () => {
    const long = "video/x-raw, format=I420, width=640, height=480, framerate=30/1";
    const labels = capsLabels(...pipelineOf(4, long, 2000));
    const shown = labels.flatMap((label) => (label === undefined ? [] : [label]));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThan(4);
    for (const { x, text } of shown)
      for (let i = 0; i < 4; i++) {
        const link = i * 110 + 50;
        expect(x > link || x + text.length * 5 < link).toBe(true);
      }
  });

  it("of links that are not drawn, or of which nothing is known, are none", () => {
    expect(capsLabels(...pipelineOf(2, "", 500))).toEqual([undefined, undefined]);
    const [pipeline, layout] = pipelineOf(1, "video/x-h264", 500);
    expect(capsLabels(pipeline, { ...layout, links: [[]] })).toEqual([undefined]);
  });
});
