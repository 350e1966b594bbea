// Is there an end to the stacks of a timeline, and is it said where it is?
import { expect, test } from "vitest";
import { PerfettoWriter, type TrackEvent } from "../../../../src/encoding/perfetto-writer.js";
import { drawSamples } from "../../../../src/export/perfetto/samples.js";
import { Tracks } from "../../../../src/export/perfetto/tracks.js";
import { sourceOf, writeExportCapture } from "../../../helpers/export-capture.js";

test("with more stacks than a viewer holds the later windows are left out", async () => {
  const { dir, cpuNs } = await writeExportCapture();
  const notes: string[] = [];
  const source = await sourceOf(dir, { note: (sentence) => notes.push(sentence) });
  const weights = async (most?: number): Promise<number> => {
    const events: TrackEvent[] = [];
    const writer = new PerfettoWriter();
    const event = writer.event.bind(writer);
    writer.event = (one) => {
      events.push(one);
      event(one);
    };
    const tracks = new Tracks(writer, { pid: 1, name: "p", command: "p" }, new Map());
    for await (const _ of drawSamples(source, tracks, most)) writer.take();
    return events.filter(({ category }) => category === "CPU samples").reduce((sum, { weight = 0 }) => sum + weight, 0);
  };
  expect(await weights()).toBe(cpuNs);
  expect(notes).toEqual([]);
  const some = await weights(10);
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(cpuNs);
  expect(notes).toEqual([
    expect.stringContaining("from 2 s on samples were left out"),
    expect.stringContaining("from 0 s on waits were left out"),
  ]);
});
