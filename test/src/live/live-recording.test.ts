// Is what is kept of the last ten minutes the same that a capture of them has, for any part of it, and is its memory bounded?
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import { LiveRecording, liveLimits } from "../../../src/live/live-recording.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { addCell, copyCell } from "../../../src/model/cells.js";
import { histogramCount } from "../../../src/model/histogram.js";
import type { Recording } from "../../../src/model/recording.js";
import { FOLDED_FRAME } from "../../../src/model/symbol.js";
import { pageData } from "../../../src/page/page-model.js";
import { cellOf } from "../../helpers/cells.js";
import { factsAt, noParts, ownerOf, samplesOf, secondOf } from "../../helpers/live.js";
import { elementAt, recordingOf } from "../../helpers/recordings.js";

const enc = ownerOf("p/enc");
const waits = ownerOf("p/enc", { blockedOn: "futex" });
const fresh = (limits = liveLimits) => new LiveRecording(factsAt(0), null, noParts, limits);
const cpuOf = (recording: Recording): number => recording.cpu?.totalNs ?? 0;
const stacksOf = ({ cpu }: Recording) =>
  (cpu?.stacks.samples ?? []).map(({ path, ns, stack }) => ({
    ...{ path, ns },
    stack: stack.map((frame) => cpu?.stacks.frames[frame]?.name).join(";"),
  }));

/** So many seconds; each adds 1 ms of one stack, 2 ms of waiting, one buffer of 5 µs. */
function seconds(count: number, live = fresh()): LiveRecording {
  for (let n = 0; n < count; n++) {
    const burned = [
      { owner: enc, stack: "main;encode", ns: 1e6 },
      { owner: waits, stack: "main;wait", ns: 2e6 },
    ];
    const cells = [cellOf(7, Array(n + 1).fill(5000))];
    live.add(secondOf(n, burned, { cells, facts: factsAt(n + 1, { ring_full: 2 * (n + 1) }) }));
  }
  return live;
}

describe("a recording of all that is kept", () => {
  it("has equal stacks once, CPU without what waited, wall time with both, and the counts of both", () => {
    const { cpu, wall } = seconds(3).recording();
    expect(stacksOf(seconds(3).recording())).toEqual([{ path: "p/enc", ns: 3e6, stack: "main;encode" }]);
    expect([cpu?.totalNs, wall?.totalNs, wall?.stacks.samples.length]).toEqual([3e6, 9e6, 2]);
    expect([cpu?.rows[0]?.samples, wall?.rows[0]?.samples]).toEqual([3, 6]);
  });

  it("counts buffers exactly, with their times, shortest and longest", () => {
    const [cell] = seconds(4).recording().cells;
    expect(cell).toEqual({ ...cellOf(7, Array(4).fill(5000)), startUnixNs: cell?.startUnixNs });
  });

  it("sums what only grows, and names each reason of a loss, the others with 0", () => {
    const { facts } = seconds(3).recording();
    expect(facts.target).toMatchObject({ processCpuNs: 3e9, durationNs: 3e9, startTime: "2026-01-02T03:04:05.000Z" });
    expect(facts.losses).toEqual({ ring_full: 6 });
  });

  it("is whole once the target has ended and nothing went, and unfinished before", () => {
    const live = seconds(3);
    expect(live.recording().complete).toBe(false);
    live.end();
    expect(live.recording().complete).toBe(true);
    expect(live.recording({ fromNs: 0, toNs: 1e9 }).complete).toBe(false);
  });

  it("that began later has nothing of what was counted before", () => {
    const before = { cells: [cellOf(7, Array(100).fill(9000))] };
    const live = new LiveRecording(factsAt(50, { ring_full: 5 }), before, noParts);
    const now = copyCell(before.cells[0] as CellSnapshot);
    addCell(now, cellOf(7, [4000, 4000]));
    live.add(secondOf(50, [], { cells: [now], facts: factsAt(51, { ring_full: 6 }) }));
    const { cells, facts } = live.recording();
    expect(cells[0]).toMatchObject({ buffers: 2, bytes: 200, inclusive: { sumNs: 8000 } });
    expect(histogramCount(cells[0]?.inclusive ?? cellOf(7, []).inclusive)).toBe(2);
    expect([facts.target.processCpuNs, facts.losses.ring_full]).toEqual([1e9, 1]);
  });

  it("without a window is one that summary and page can be made of", () => {
    const nothing = fresh().recording();
    expect(nothing).toMatchObject({ cpu: null, wall: null, cells: [], complete: false });
    expect(summarize(nothing).pipelines).toEqual([]);
    expect(pageData(nothing, { nodes: 10, elements: 10, heats: 1 }, new Map()).elements).toEqual([]);
  });
});

describe("a part of it", () => {
  it("is made of the windows that lie in it, whole, with its own begin, length and sums", () => {
    const part = seconds(10).recording({ fromNs: 2.5e9, toNs: 4e9 });
    expect([cpuOf(part), part.cells[0]?.buffers]).toEqual([2e6, 2]);
    expect(part.facts.target).toMatchObject({
      durationNs: 2e9,
      processCpuNs: 2e9,
      startTime: "2026-01-02T03:04:07.000Z",
    });
    expect([part.facts.losses.ring_full, part.history.moments]).toEqual([4, 2]);
  });

  it("that lies outside of what is kept is empty, and hops that are there count 0", () => {
    const part = seconds(3).recording({ fromNs: 90e9, toNs: 99e9 });
    expect([part.cpu, part.cells[0]?.buffers, part.facts.target.durationNs]).toEqual([null, 0, 0]);
  });

  it("knows the longest duration by its bucket where an earlier window brought a longer one", () => {
    const live = fresh();
    live.add(secondOf(0, [], { cells: [cellOf(7, [9e6])] }));
    live.add(secondOf(1, [], { cells: [cellOf(7, [9e6, 1000])] }));
    const { minNs, maxNs } = live.recording({ fromNs: 1e9, toNs: 2e9 }).cells[0]?.inclusive ?? {};
    expect(minNs).toBe(1000);
    expect(maxNs).toBeGreaterThanOrEqual(1000);
    expect(maxNs).toBeLessThan(1100);
  });

  it("has the level of a queue as it was at its end, and the highest that was seen in it", () => {
    const queue = (level: number, highestLevel: number) => cellOf(7, [], { kind: "queue", level, highestLevel });
    const live = fresh();
    for (const [n, cell] of [queue(3, 8), queue(6, 8), queue(1, 9), queue(0, 9)].entries())
      live.add(secondOf(n, [], { cells: [cell] }));
    const at = (fromNs: number, toNs: number) => {
      const { level, highestLevel } = live.recording({ fromNs, toNs }).cells[0] as CellSnapshot;
      return [level, highestLevel];
    };
    expect([at(0, 1e9), at(1e9, 2e9), at(2e9, 3e9), at(0, 4e9)]).toEqual([
      [3, 8],
      [6, 6],
      [1, 9],
      [0, 9],
    ]);
  });

  it("says when it took how long: each column of its own time", () => {
    const { hops, moments } = seconds(60).recording({ fromNs: 30e9, toNs: 60e9 }).history;
    expect(moments).toBe(30);
    const total = hops[0]?.counts.reduce((sum, n) => sum + n, 0);
    expect(total).toBeCloseTo(30, 6);
    expect(hops[0]?.counts.filter((n) => n > 0)).toHaveLength(60);
  });
});

describe("windows", () => {
  it("are seconds for a minute, then tens of seconds, and go after eleven minutes", () => {
    const live = seconds(800);
    const strip = live.strip();
    const fine = strip.filter(({ durationNs }) => durationNs === 1e9);
    expect(fine.length).toBeGreaterThanOrEqual(60);
    expect(fine.length).toBeLessThan(70);
    expect(strip.slice(0, -fine.length).every(({ durationNs }) => durationNs === 10e9)).toBe(true);
    expect(strip[0]?.atNs).toBe(140e9);
    expect(strip.at(-1)?.atNs).toBe(799e9);
    expect(strip.every(({ atNs, durationNs, cpuNs }) => cpuNs === durationNs / 1e3 && atNs % 1e9 === 0)).toBe(true);
  });

  it("that were merged lose no nanosecond and no buffer", () => {
    const all = seconds(300).recording();
    expect([cpuOf(all), all.wall?.totalNs, all.cells[0]?.buffers, all.cpu?.rows[0]?.samples]).toEqual([
      3e8, 9e8, 300, 300,
    ]);
    expect(all.facts.target.processCpuNs).toBe(300e9);
    expect(all.cells[0]).toEqual({ ...cellOf(7, Array(300).fill(5000)), startUnixNs: all.cells[0]?.startUnixNs });
  });

  it("that were merged have the stacks with most time; the others are one for each owner, and are counted", () => {
    const live = fresh({ ...liveLimits, stacks: 2 });
    const other = ownerOf("p/sink");
    for (let n = 0; n < 80; n++) {
      const rare = { owner: n % 2 ? enc : other, stack: `main;rare${n}`, ns: 1 };
      live.add(secondOf(n, [{ owner: enc, stack: "main;often", ns: 100 }, rare]));
    }
    const merged = stacksOf(live.recording({ fromNs: 0, toNs: 10e9 }));
    expect(
      merged
        .filter(({ stack }) => stack === FOLDED_FRAME)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(["p/enc", "p/sink"]);
    expect(merged.find(({ stack }) => stack === "main;often")?.ns).toBe(1000);
    expect(merged.reduce((sum, { ns }) => sum + ns, 0)).toBe(1010);
    expect(live.dropped.stacks).toBeGreaterThan(0);
    expect(cpuOf(live.recording())).toBe(80 * 101);
  });

  it("of a target that was not looked at for a while are of the length that they had", () => {
    const live = fresh();
    live.add(secondOf(0, [{ owner: enc, stack: "a", ns: 5 }]));
    live.add(secondOf(20, [{ owner: enc, stack: "a", ns: 5 }], { durationNs: 2000e9 }));
    expect(live.strip()).toMatchObject([{ durationNs: 2000e9 }]);
  });
});

describe("memory", () => {
  it("beyond the bound makes the oldest windows coarser, and lets them go where that is not enough, which is said", () => {
    const live = fresh({ ...liveLimits, bytes: 200_000 });
    for (let n = 0; n < 300; n++) {
      const burned = Array.from({ length: 100 }, (_, i) => ({ owner: enc, stack: `main;f${n}_${i}`, ns: 10 }));
      live.add(secondOf(n, burned));
    }
    expect(live.bytes).toBeLessThanOrEqual(200_000);
    expect([live.dropped.windows > 0, live.dropped.stacks > 0]).toEqual([true, true]);
    expect(live.strip().length).toBeGreaterThan(2);
    expect(live.recording().problems).toEqual([expect.stringMatching(/^the oldest \d+ windows went early/)]);
    expect(live.strip().at(-1)).toMatchObject({ atNs: 299e9, durationNs: 1e9, cpuNs: 1000 });
  });

  it("is given back when the last window that has a stack, a frame, an owner or a hop is gone", () => {
    const live = fresh();
    for (let n = 0; n < 3000; n++) {
      const owner = ownerOf(`p/e${n}`);
      live.add(secondOf(n, [{ owner, stack: `f${n};g${n}`, ns: 5 }], { cells: [cellOf(n, [5])] }));
    }
    const windows = live.strip().length;
    expect(windows).toBeLessThan(130);
    const { cpu, cells } = live.recording();
    expect(cpu?.stacks.samples.length).toBeLessThan(700);
    expect(cpu?.stacks.frames.length).toBeLessThan(1500);
    expect(cells.length).toBeLessThan(700);
    expect(live.bytes).toBeLessThan(1e6);
  });

  it("of an hour of a thousand elements and of two thousand stacks a window is that of ten minutes", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const taken = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const owners = Array.from({ length: 1000 }, (_, i) => ownerOf(`p/element${i}`, { chain: [i, 1, 0] }));
    const elements = Array.from({ length: 1000 }, (_, i) => elementAt(i, `p/element${i}`));
    const topology = recordingOf({ topology: { pipelines: ["p"], elements, pads: [] } }).topology;
    const live = new LiveRecording(factsAt(0), null, { ...noParts, topology: () => topology });
    const cells = owners.map((_, i) => cellOf(i, [1000]));
    // Made beforehand: what is measured is what is kept of them.
    const made = Array.from({ length: 30 }, (_, n) =>
      samplesOf(
        Array.from({ length: 2000 }, (__, i) => {
          const owner = owners[i % 1000] as ReturnType<typeof ownerOf>;
          return { owner, stack: `main;loop;${i};chain${i % 7};${n}_${i}`, ns: 1e5 };
        }),
      ),
    );
    // Half a minute a window: an hour of seconds takes minutes on a busy machine.
    const until = (seconds: number): void => {
      for (let n = live.strip().at(-1)?.atNs ?? -30e9; n < (seconds - 30) * 1e9; n += 30e9) {
        const at = n / 1e9 + 30;
        const now = cells.map((cell, i) => ({ ...cell, buffers: at + 1, invocations: at * 2 + i }));
        const samples = made[(at / 30) % made.length] as (typeof made)[number];
        live.add(secondOf(at, [], { samples, cells: now, durationNs: 30e9 }));
      }
    };
    until(660);
    const early = taken();
    until(3600);
    expect(taken() - early).toBeLessThan(10e6);
    expect(live.bytes).toBeLessThanOrEqual(liveLimits.bytes);
    expect(live.strip().length).toBeGreaterThan(10);
  });
});

it("its sums alone make the same summary and table, with a row for each owner and no history", () => {
  const live = new LiveRecording(factsAt(0), null, noParts);
  const owners = ["p/a", "p/b", "(worker:p/b)", "(factory:x264enc)", ""].flatMap((path, n) =>
    ["", "futex", "cpu"].map((blockedOn) => ownerOf(path, { blockedOn, thread: `t${n % 2}`, chain: n < 2 ? [1] : [] })),
  );
  for (let n = 0; n < 90; n++) {
    const burned = owners.flatMap((owner, i) => [
      { owner, stack: `main;f${i}`, ns: 1000 + n },
      { owner, stack: `main;g${n % 7}`, ns: 10 * i },
    ]);
    live.add(secondOf(n, burned, { cells: [cellOf(7, Array(n + 1).fill(5000))] }));
  }
  for (const range of [undefined, { fromNs: 12e9, toNs: 71e9 }]) {
    const [all, sums] = [live.recording(range), live.recording(range, "sums")];
    expect(sums.wall?.stacks.samples.length).toBe(owners.length);
    expect([all.history.hops.length, sums.history.hops.length]).toEqual([1, 0]);
    expect(summarize(sums)).toEqual(summarize(all));
    const table = { nodes: 0, elements: 100, heats: 0 };
    expect(pageData(sums, table, new Map())).toEqual(pageData(all, table, new Map()));
  }
});

it("its newest window is the last of its strip, and there is none before the first", () => {
  expect(fresh().newest()).toBeUndefined();
  const live = seconds(100);
  expect(live.newest()).toEqual(live.strip().at(-1));
});

describe("windows of elements", () => {
  it("add up to what the recording of the same time has, each made once", () => {
    const live = seconds(70);
    const recording = live.recording();
    const { windows = [] } = recording;
    expect(windows.length).toBeGreaterThan(50);
    expect(windows.length).toBeLessThan(70); // the oldest ones were merged
    const sum = (of: (window: (typeof windows)[number]) => number) => windows.reduce((n, one) => n + of(one), 0);
    expect(sum(({ durationNs }) => durationNs)).toBe(70e9);
    const element = (path: string) => (window: (typeof windows)[number]) =>
      window.elements.find((e) => e.path === path);
    expect(sum((window) => element("p/enc")(window)?.cpuNs ?? 0)).toBe(cpuOf(recording));
    const waited = (recording.wall?.totalNs ?? 0) - cpuOf(recording);
    expect(sum((window) => element("p/enc")(window)?.blockedNs ?? 0)).toBe(waited);
    const again = live.recording().windows ?? [];
    expect(windows.every((window, i) => window === again[i])).toBe(true);
  });

  it("follow a range", () => {
    const { windows = [] } = seconds(30).recording({ fromNs: 20e9, toNs: 25e9 });
    expect(windows.map(({ atNs }) => atNs)).toEqual([20e9, 21e9, 22e9, 23e9, 24e9]);
  });
});
