// Are running, ready and blocked kept apart, and do their parts sum to them?
import { expect, test } from "vitest";
import { ElementTable } from "../../../src/analysis/elements.js";
import { summarize } from "../../../src/analysis/summary.js";
import { statesOf } from "../../../src/analysis/thread-states.js";
import { type Capture, readCapture } from "../../../src/capture/reader.js";
import type { ElementSummary } from "../../../src/model/element-summary.js";
import { PERIOD_NS, type SampleElement, sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { scratch } from "../../helpers/scratch.js";

const elements: SampleElement[] = [
  { path: "src", factory: "fakesrc", samples: 3 },
  { path: "enc", factory: "x264enc", from: "src", buffers: 10, meanNs: 1_000_000, samples: 2 },
  { path: "sink", factory: "fakesink", from: "enc", buffers: 10, meanNs: 1000 },
];
const seconds = 1e9;

/** [path, what it waits in, seconds]; the wall profile of a capture without one. */
async function withWaits(...waits: readonly (readonly [string, string, number])[]): Promise<Capture> {
  const capture = await readCapture(await writeSample(scratch(), sampleCapture("p", elements)));
  const ran = capture.cpu?.stacks.samples ?? [];
  const waited = waits.map(([path, blockedOn, s]) => ({
    ...{ path, pipeline: "p", factory: "", thread: "t", inferred: false, chain: [], stack: [] },
    ...{ blockedOn, ns: s * seconds },
  }));
  const samples = [...ran, ...waited];
  const totalNs = samples.reduce((ns, one) => ns + one.ns, 0);
  return {
    ...capture,
    wall: { ...capture.cpu, stacks: { frames: [], samples }, totalNs, rows: [] },
  } as unknown as Capture;
}
const rowOf = (capture: Capture, name: string): ElementSummary => {
  const found = new ElementTable(capture).summaries().find((e) => e.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

test("an element that waits for a CPU is ready, not blocked", async () => {
  const capture = await withWaits(["p/enc", "cpu", 41.7], ["p/enc", "futex", 1.2], ["p/enc", "read", 0.3]);
  expect(rowOf(capture, "enc")).toMatchObject({
    readyNs: 41.7 * seconds,
    blockedNs: 1.5 * seconds,
    blockedOn: { futex: 1.2 * seconds, read: 0.3 * seconds },
  });
  expect(rowOf(capture, "sink")).toMatchObject({ readyNs: 0, blockedNs: 0, blockedOn: {} });
});

test("a call that has not returned counts: eleven seconds are no three milliseconds", async () => {
  const enc = rowOf(await withWaits(["p/enc", "futex", 11]), "enc");
  expect(enc.exclusive?.sumNs).toBeLessThan(0.1 * seconds);
  expect(enc.wallNs).toBe(11 * seconds + 2 * PERIOD_NS);
  expect(enc.blockedNs).toBe(11 * seconds);
});

test("its loop is the element's, the wait of a pool for work is not", async () => {
  const enc = rowOf(await withWaits(["(driver:p/enc)", "poll", 2], ["(worker:p/enc)", "futex", 30]), "enc");
  expect([enc.blockedNs, enc.readyNs]).toEqual([2 * seconds, 0]);
});

test("the three states of all threads are the wall time, and what they are blocked on is what they are blocked", async () => {
  const capture = await withWaits(["p/enc", "cpu", 4], ["", "cpu", 3], ["", "futex", 2], ["p/sink", "__proto__", 1]);
  const { wall, cpu } = summarize(capture).profile;
  expect(wall).toMatchObject({ runningNs: 5 * PERIOD_NS, readyNs: 7 * seconds, blockedNs: 3 * seconds });
  expect((wall?.runningNs ?? 0) + (wall?.readyNs ?? 0) + (wall?.blockedNs ?? 0)).toBe(wall?.totalNs);
  expect(Object.entries(wall?.blockedOn ?? {})).toEqual([
    ["futex", 2 * seconds],
    ["__proto__", 1 * seconds],
  ]);
  expect(cpu).toMatchObject({ runningNs: null, readyNs: null, blockedNs: null, blockedOn: null });
  expect(statesOf([])).toEqual({ runningNs: 0, readyNs: 0, blockedNs: 0, blockedOn: {} });
});

test("without a wall profile nothing is known of them", async () => {
  const capture = await readCapture(await writeSample(scratch(), sampleCapture("p", elements)));
  expect(rowOf(capture, "enc")).toMatchObject({ readyNs: null, blockedNs: null, blockedOn: null });
  expect(summarize(capture).profile.wall).toBeNull();
});
