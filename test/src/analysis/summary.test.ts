// Do the numbers of a report add up, and does each stand by the right element?
import { describe, expect, test } from "vitest";
import { headline } from "../../../src/analysis/headline.js";
import { summarize } from "../../../src/analysis/summary.js";
import { readCapture } from "../../../src/capture/reader.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import type { ElementSummary } from "../../../src/model/element-summary.js";
import { histogramCount } from "../../../src/model/histogram.js";
import type { Summary } from "../../../src/model/summary.js";
import { PERIOD_NS, type SampleElement, sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

async function summaryOf(
  elements: readonly SampleElement[],
  pipeline = "pipeline0",
  change = (_: ReturnType<typeof sampleCapture>): void => {},
): Promise<Summary> {
  const sample = sampleCapture(pipeline, elements);
  change(sample);
  return summarize(await readCapture(await writeSample(scratch(), sample)));
}

const element = (summary: Summary, name: string): ElementSummary => {
  const found = summary.pipelines.flatMap((p) => p.elements).find((e) => e.name === name);
  if (found === undefined) throw new Error(`no element ${name}`);
  return found;
};
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

describe("counts", () => {
  test("in are those of the element's own pads, out those of its peers", async () => {
    const summary = await summaryOf(encoders);
    expect(element(summary, "t")).toMatchObject({ buffersIn: 300, buffersOut: 600, bytesIn: 300 * 1_382_400 });
    expect(element(summary, "x264enc0")).toMatchObject({
      path: "pipeline0/encoder/x264enc0",
      buffersIn: 300,
      buffersOut: 298,
      bytesOut: 298 * 21_400,
    });
    expect(element(summary, "videotestsrc0")).toMatchObject({
      buffersIn: 0,
      buffersOut: 300,
      exclusive: null,
      flow: {},
    });
    expect(element(summary, "filesink0")).toMatchObject({ buffersIn: 612, buffersOut: 0, flow: { ok: 612, eos: 1 } });
  });

  test("of a pull go the other way: the source pad's function delivered", async () => {
    const elements: SampleElement[] = [
      { path: "src", factory: "filesrc" },
      { path: "demux", factory: "qtdemux", from: "src", buffers: 12, bytesEach: 100 },
    ];
    const summary = await summaryOf(elements, "p", ({ cells, topology }) => {
      const [cell] = cells as [CellSnapshot];
      const srcPad = topology.pads.find((pad) => pad.id === cell.peer);
      Object.assign(cell, { kind: "pull", pad: srcPad?.id, peer: cell.pad });
    });
    expect(element(summary, "src")).toMatchObject({ buffersIn: 0, buffersOut: 12, bytesOut: 1200, flow: { ok: 12 } });
    expect(element(summary, "src").exclusive?.count).toBe(12);
    expect(element(summary, "demux")).toMatchObject({ buffersIn: 12, buffersOut: 0, exclusive: null });
  });

  test("of a pad that no element has are in a row of its own", async () => {
    const summary = await summaryOf(encoders, "pipeline0", ({ cells, topology }) => {
      const [cell] = cells as [CellSnapshot];
      topology.pads.push({ id: 9001, element: 0, name: "loose/sink", direction: "sink" });
      cells.push({ ...cell, pad: 9001, peer: 0 });
    });
    const [row] = summary.pipelines.find((p) => p.name === "(no element)")?.elements ?? [];
    expect(row).toMatchObject({ name: "loose/sink", buffersIn: 300, flow: { ok: 300 } });
  });

  test("of what was linked before it had a pipeline, or under a pipeline's former name, make no second row", async () => {
    const summary = await summaryOf(encoders, "pipeline0", ({ topology }) => {
      const [first] = topology.elements as [(typeof topology.elements)[0]];
      topology.elements.push({ ...first, id: 9001, path: first.name, pipeline: "" });
      topology.pipelines.push("old", "idle");
      topology.renamed = ["old"];
      topology.elements.push({ ...first, id: 9002, path: `old/${first.name}`, pipeline: "old" });
      topology.elements.push({ ...first, id: 9003, path: `idle/${first.name}`, pipeline: "idle" });
    });
    expect(summary.pipelines.map((p) => p.name)).toEqual(["pipeline0", "idle"]);
  });

  test("of several cells on one pad add up, times too", async () => {
    const summary = await summaryOf(encoders, "pipeline0", ({ cells }) => {
      const [cell] = cells as [CellSnapshot];
      cells.push({ ...cell, peer: 0, startUnixNs: cell.startUnixNs + 1n });
    });
    expect(element(summary, "t")).toMatchObject({ buffersIn: 600 });
    expect(element(summary, "t").exclusive?.count).toBe(600);
  });

  test("of elements that moved nothing are listed as zeros, bins are not listed", async () => {
    const summary = await summaryOf([...encoders, { path: "idle", factory: "identity" }]);
    expect(element(summary, "idle")).toMatchObject({
      buffersIn: 0,
      buffersOut: 0,
      cpuNs: 0,
      exclusive: null,
      threads: [],
    });
    expect(summary.pipelines[0]?.elements.map((e) => e.name)).not.toContain("encoder");
  });
});

describe("times", () => {
  test("have the count of their buckets and percentiles in order within the extremes", async () => {
    const sample = sampleCapture("pipeline0", encoders);
    const cell = sample.cells.find(
      (c) =>
        c.pad ===
        sample.topology.pads.find((p) => p.element === sample.topology.elements.find((e) => e.name === "x264enc0")?.id)
          ?.id,
    );
    const exclusive = element(await summaryOf(encoders), "x264enc0").exclusive;
    if (exclusive === null || cell === undefined) throw new Error("no times");
    expect(exclusive).toMatchObject({ count: histogramCount(cell.exclusive), sumNs: cell.exclusive.sumNs });
    const { minNs, p50Ns, p90Ns, p99Ns, maxNs } = exclusive;
    expect([minNs, p50Ns, p90Ns, p99Ns, maxNs]).toEqual([minNs, p50Ns, p90Ns, p99Ns, maxNs].sort((a, b) => a - b));
  });
});

describe("CPU time", () => {
  test("by element and by thread sums to the total, exactly", async () => {
    const outside = { stack: ["libc.so.6!start_thread"], ns: 5 * PERIOD_NS, labels: { thread: "pool" } };
    const summary = await summaryOf(encoders, "pipeline0", ({ stacks, info }) => {
      stacks.push(outside);
      info.samples += 5;
      info.frames += 5;
    });
    const cpu = summary.profile.cpu;
    if (cpu === null) throw new Error("no profile");
    expect(sum(Object.values(cpu.byElement))).toBe(cpu.totalNs);
    expect(sum(Object.values(cpu.byThread))).toBe(cpu.totalNs);
    expect(cpu.byElement["(none)"]).toBe(5 * PERIOD_NS);
    expect(cpu.byElement["pipeline0/encoder/x264enc0"]).toBe(611 * PERIOD_NS);
    expect(cpu).toMatchObject({ samples: 989, meanDepth: cpu.frames / 989 });
    expect(sum(summary.pipelines.flatMap((p) => p.elements.map((e) => e.cpuNs)))).toBe(cpu.totalNs - 5 * PERIOD_NS);
    expect(element(summary, "x264enc0").threads).toEqual(["vq:src"]);
  });

  test("of an element that the topology does not know still has a row", async () => {
    const summary = await summaryOf(encoders, "pipeline0", ({ topology }) => {
      topology.elements = topology.elements.filter((e) => e.name !== "vp8enc0");
    });
    expect(element(summary, "vp8enc0")).toMatchObject({ factory: "vp8enc", cpuNs: 177 * PERIOD_NS, buffersIn: 0 });
  });

  test("survives names that are keys of every object, and slashes in names", async () => {
    const names = ["__proto__", "constructor", "a\\/b", "toString"];
    const summary = await summaryOf(
      names.map((path) => ({ path, factory: "identity", samples: 3 })),
      "__proto__",
    );
    const cpu = JSON.parse(JSON.stringify(summary.profile.cpu)) as NonNullable<Summary["profile"]["cpu"]>;
    expect(Object.keys(cpu.byElement).sort()).toEqual(names.map((name) => `__proto__/${name}`).sort());
    expect(sum(Object.values(cpu.byElement))).toBe(cpu.totalNs);
    expect(summary.pipelines.map((p) => p.name)).toEqual(["__proto__"]);
  });
});

describe("the one sentence", () => {
  test("names the element with most CPU time", async () => {
    expect(headline(await summaryOf(encoders))).toMatchObject({
      element: "pipeline0/encoder/x264enc0",
      sentence: expect.stringMatching(
        /^x264enc0 burns 62 % of the CPU time: 6\.11 s of 9\.84 s, 20\.4 ms for each of 300 buffers\.$/,
      ),
    });
  });

  test("names the slowest element when the CPU rests", async () => {
    const elements: SampleElement[] = [
      { path: "src", factory: "fakesrc", samples: 3 },
      { path: "sleepy", factory: "identity", from: "src", meanNs: 10_000_000 },
      { path: "sink", factory: "fakesink", from: "sleepy", meanNs: 900 },
    ];
    const { element: path, sentence, detail } = headline(await summaryOf(elements));
    expect(path).toBe("pipeline0/sleepy");
    expect(sentence).toMatch(/^sleepy holds each buffer for 1\d\.\d ms, longer in total than any other element\.$/);
    expect(detail).toContain("The CPU is not the bottleneck: all threads together use 0.3 % of one core.");
  });

  test("says so when no element stands out, and when nothing happened", async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ path: `e${i}`, factory: "identity", samples: 10 + (i % 3) }));
    expect(headline(await summaryOf(many)).sentence).toContain("no element stands out");
    expect(headline(await summaryOf([{ path: "src", factory: "fakesrc" }]))).toMatchObject({
      element: "",
      sentence: "No GStreamer activity was seen.",
    });
  });
});

describe("threads", () => {
  test("of one label have a row each, by the names that a capture holds besides", async () => {
    const elements: SampleElement[] = ["a", "b", "c"].map((path, i) => {
      return { path, factory: "queue", samples: 30 - 10 * i, thread: "queue:src" };
    });
    const names = new Map([
      ["a", "queue0:src"],
      ["b", "queue1:src"],
      ["c", "queue1:src#2"],
    ]);
    const summary = await summaryOf(elements, "one", ({ stacks }) => {
      for (const { labels } of stacks) Object.assign(labels, { thread_name: names.get(labels.element ?? "") });
    });
    expect(summary.profile.cpu?.byThread).toEqual({
      "queue0:src": 30 * PERIOD_NS,
      "queue1:src": 20 * PERIOD_NS,
      "queue1:src#2": 10 * PERIOD_NS,
    });
    expect(element(summary, "c").threads).toEqual(["queue1:src#2"]);
  });

  test("of one name in several pipelines are told apart, and their sum is the whole", async () => {
    const elements: SampleElement[] = [
      { path: "a", factory: "a", samples: 30, thread: "q:src" },
      { path: "b", factory: "b", samples: 20, thread: "q:src" },
      { path: "c", factory: "c", samples: 10, thread: "own" },
    ];
    const summary = await summaryOf(elements, "one", ({ stacks }) => {
      for (const { labels } of stacks) if (labels.element === "b") Object.assign(labels, { pipeline: "two" });
    });
    expect(summary.profile.cpu?.byThread).toEqual({
      "q:src (one)": 30 * PERIOD_NS,
      "q:src (two)": 20 * PERIOD_NS,
      own: 10 * PERIOD_NS,
    });
  });
});
