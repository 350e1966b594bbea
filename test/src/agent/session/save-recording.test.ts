// Is what was in memory a whole capture afterwards, which says the same?
import { basename } from "node:path";
import { expect, it } from "vitest";
import { saveRecording } from "../../../../src/agent/session/save-recording.js";
import { summarize } from "../../../../src/analysis/summary.js";
import { readCapture } from "../../../../src/capture/reader.js";
import { LiveRecording } from "../../../../src/live/live-recording.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";
import { factsAt, ownerOf, secondOf } from "../../../helpers/live.js";
import { elementAt } from "../../../helpers/recordings.js";
import { scratch } from "../../../helpers/scratch.js";

const folder = scratch("");

it("summary, counts, times and history of a part are those of the recording", async () => {
  const enc = ownerOf("p/enc", { chain: [1] });
  const pads = [{ id: 7, element: 1, name: "sink", direction: "sink" as const }];
  const topology = { pipelines: ["p"], elements: [elementAt(1, "p/enc", { factory: "x264enc" })], pads };
  const live = new LiveRecording(factsAt(0), null, { topology: () => topology, modules: () => [] });
  for (let n = 0; n < 90; n++) {
    const burned = [
      { owner: enc, stack: "main;encode", ns: 4e6 },
      { owner: { ...enc, blockedOn: "futex" }, stack: "main;wait", ns: 9e6 },
    ];
    const cells = [cellOf(7, Array(n + 1).fill(5000))];
    live.add(secondOf(n, burned, { cells, facts: factsAt(n + 1, { ring_full: n + 1 }) }));
  }
  const range = { fromNs: 20e9, toNs: 70e9 };
  const recording = live.recording(range);
  const dir = await saveRecording(recording, live.moments(range), stateOf(), folder);
  expect(basename(dir)).toMatch(/^gst-pyroscope-\d{8}T\d{6}Z-\d+/);
  const capture = await readCapture(dir);
  expect([capture.complete, capture.problems]).toEqual([true, []]);
  const { complete: _, overhead: __, ...mine } = summarize(recording);
  const { complete: ___, overhead: ____, ...its } = summarize(capture);
  const [{ losses, counters, ...rest }, { losses: itsLosses, counters: itsCounters, ...itsRest }] = [mine, its];
  expect(itsRest).toEqual(rest);
  expect([itsLosses, itsCounters]).toMatchObject([losses, counters]);
  expect(capture.history.moments).toBeGreaterThan(20);
});

it("a second one within the same second has a place of its own", async () => {
  const live = new LiveRecording(factsAt(0), null, {
    topology: () => ({ pipelines: [], elements: [], pads: [] }),
    modules: () => [],
  });
  live.add(secondOf(0, [{ owner: ownerOf("p/enc"), stack: "a", ns: 1 }]));
  const save = () => saveRecording(live.recording(), live.moments(), stateOf(), folder);
  const all = [await save(), await save(), await save()];
  expect(new Set(all).size).toBe(3);
  for (const dir of all) expect((await readCapture(dir)).complete).toBe(true);
});
