// Does every sentence follow from the table beside it? Tables by hand, and each number of a sentence held against its row.
import { describe, expect, test } from "vitest";
import { byCost, elementsOf, headline, isMeasured, ownTime } from "../../../src/analysis/headline.js";
import { count, duration, percent } from "../../../src/analysis/units.js";
import type { ElementSummary } from "../../../src/model/element-summary.js";
import type { Summary } from "../../../src/model/summary.js";
import { ms, type Row, second, summaryOf, type Table, times } from "../../helpers/summary-tables.js";

interface Case extends Table {
  what: string;
  sentence: string | RegExp;
  detail?: string | RegExp;
  /** Must not be said. */
  never?: RegExp;
  /** Shares of threads, which have no row: what the sentence may say besides. */
  also?: string[];
}

const source = (feeds: string, more: Partial<Row> = {}): Row => ({
  ...{ name: "src", buffersOut: 1000, feeds: [feeds], driver: times(999, 0.1 * ms) },
  ...more,
});
const sink = (more: Partial<Row> = {}): Row => ({
  name: "sink",
  buffersIn: 1000,
  exclusive: times(1000, 1000),
  ...more,
});
/** `n` elements that burn the same. */
const crowd = (n: number, cpuNs: number): Row[] =>
  Array.from({ length: n }, (_, i) => ({ name: `e${i}`, cpuNs, buffersIn: 10 }));

/** src → queue → slow → sink: what fills the queue waits `held` in it, its thread waits `starved` for buffers. */
function queued(heldNs: number, starvedNs: number, slow: Partial<Row> = {}, queue: Partial<Row> = {}): Row[] {
  return [
    source("q", { driver: times(999, 1 * ms) }),
    {
      ...{ name: "q", buffersIn: 1000, buffersOut: 1000, feeds: ["slow"], queueLevel: { last: 0, highest: 6 } },
      ...{ queueWait: times(1000, 20 * ms), exclusive: times(1000, heldNs / 1000), blockedNs: heldNs },
      ...{ driver: times(1000, starvedNs / 1000), ...queue },
    },
    { name: "slow", buffersIn: 1000, buffersOut: 1000, feeds: ["sink"], exclusive: times(1000, 5 * ms), ...slow },
    sink(),
  ];
}

const cpuCases: Case[] = [
  {
    what: "CPU time for each buffer, never elapsed time",
    rows: [
      source("h264"),
      { name: "h264", cpuNs: 12.7 * second, buffersIn: 1411, exclusive: times(1411, 13.5 * ms) },
      { name: "rest", cpuNs: 5 * second, buffersIn: 5, exclusive: times(5, 1) },
    ],
    sentence: "h264 burns 72 % of the CPU time: 12.7 s of 17.7 s, 9.00 ms for each of 1,411 buffers.",
    never: /13\.5 ms/,
  },
  {
    what: "of a source the buffers are those that it sends",
    rows: [source("sink", { cpuNs: 5 * second }), sink()],
    sentence: "src burns 100 % of the CPU time: 5.00 s of 5.00 s, 5.00 ms for each of 1,000 buffers.",
  },
  {
    what: "no buffers, no time for each",
    rows: [sink(), { name: "idle", cpuNs: 2 * second }],
    sentence: "idle burns 100 % of the CPU time: 2.00 s of 2.00 s.",
  },
  {
    what: "one buffer is one",
    rows: [{ name: "once", cpuNs: 2 * second, buffersIn: 1, exclusive: times(1, 2 * second) }],
    sentence: "once burns 100 % of the CPU time: 2.00 s of 2.00 s, 2.00 s for each of 1 buffer.",
  },
  {
    what: "threads outside of all elements are said first where they burn more",
    rows: [{ name: "a", cpuNs: 2 * second, buffersIn: 10 }],
    outsideNs: 6 * second,
    sentence: "Threads outside all elements burn 75 % of the CPU time; a burns 25 %.",
    detail: /75 % fell outside of all elements\./,
  },
  {
    what: "nobody stands out",
    rows: crowd(40, 0.1 * second),
    sentence: "e0 burns most, but only 2.5 % of the CPU time: no element stands out.",
  },
  {
    what: "what is in no sample is no part of the whole, and that is said",
    rows: [{ name: "a", cpuNs: 3 * second, buffersIn: 10 }],
    unsampledNs: 1 * second,
    sentence: "a burns 100 % of the sampled CPU time: 3.00 s of 3.00 s, 300 ms for each of 10 buffers.",
    detail: "All threads together use 0.40 of a core.",
  },
  {
    what: "a thread that fills a core",
    rows: [{ name: "a", cpuNs: 9.5 * second, buffersIn: 10 }],
    threads: { "q:src": 9.5 * second },
    sentence: /^a burns 100 %/,
    detail: "Thread q:src uses 95 % of one core. All threads together use 0.95 of a core.",
    also: ["95 %"],
  },
  {
    what: "several threads of one name",
    rows: [{ name: "a", cpuNs: 32 * second, buffersIn: 10 }],
    threads: { worker: 32 * second },
    sentence: /^a burns 100 %/,
    detail: "Threads worker use 3.2 cores. All threads together use 3.2 cores.",
  },
];

const fewSamples: Case[] = [
  {
    what: "the first command of a newcomer",
    rows: [source("jpegenc0"), { name: "jpegenc0", cpuNs: 150 * ms, buffersIn: 100, exclusive: times(100, 1.6 * ms) }],
    outsideNs: 30 * ms,
    durationNs: 0.4 * second,
    samples: 18,
    sentence:
      "jpegenc0 burns most CPU time, 150 ms of 180 ms, but 18 samples are too few to say a share: run it for 2.30 s or longer.",
    detail: "A share needs up to 100 samples. All threads together use 0.45 of a core.",
    never: / %/,
    also: ["2.30 s"],
  },
  {
    what: "one sample",
    rows: [{ name: "a", cpuNs: 10 * ms, buffersIn: 3 }],
    durationNs: 50 * ms,
    sentence:
      "a burns most CPU time, 10.0 ms of 10.0 ms, but one sample is too few to say a share: run it for 5.00 s or longer.",
    never: / %/,
    also: ["5.00 s"],
  },
  {
    what: "few, most of them outside of all elements",
    rows: [{ name: "a", cpuNs: 40 * ms, buffersIn: 3 }],
    outsideNs: 60 * ms,
    durationNs: 0.5 * second,
    sentence:
      "Threads outside all elements burn most CPU time, 60.0 ms of 100 ms, but 10 samples are too few to say a share: run it for 5.00 s or longer.",
    also: ["5.00 s"],
  },
  {
    what: "few, but all of them on one element: no doubt is left",
    rows: [{ name: "a", cpuNs: 400 * ms, buffersIn: 4 }],
    durationNs: 0.5 * second,
    sentence: "a burns 100 % of the CPU time: 400 ms of 400 ms, 100 ms for each of 4 buffers.",
  },
  {
    what: "CPU time of which no sample was taken is not rest",
    rows: [source("a"), { name: "a", buffersIn: 100, exclusive: times(100, 2 * ms) }],
    durationNs: second,
    unsampledNs: 300 * ms,
    sentence: /^a holds each buffer for 2\.00 ms/,
    detail: /^No CPU samples were taken of 300 ms of CPU time\./,
    never: /not the bottleneck/,
  },
];

const timeCases: Case[] = [
  {
    what: "the slowest element where the CPU rests",
    rows: [source("a"), { name: "a", buffersIn: 300, exclusive: times(300, 10 * ms), cpuNs: 20 * ms }, sink()],
    sentence: "a holds each buffer for 10.0 ms, longer in total than any other element.",
    detail:
      "The CPU is not the bottleneck: all threads together use 0.2 % of one core. a’s 99th percentile is 10.0 ms over 300 buffers.",
  },
  {
    what: "one block of four seconds is not the time of each buffer",
    rows: [source("a"), { name: "a", buffersIn: 301, exclusive: times(300, 2600, 4 * second), cpuNs: 20 * ms }, sink()],
    sentence:
      "a holds each buffer for 2.60 µs (half of them; the longest 4.00 s, 13.3 ms on average), longer in total than any other element.",
  },
  {
    what: "a pipeline that its source paces is not held by its elements",
    rows: [
      source("a", { driver: times(299, 33 * ms), wallNs: 299 * 33 * ms, blockedNs: 9.7 * second }),
      { name: "a", buffersIn: 300, exclusive: times(300, 1 * ms), cpuNs: 20 * ms },
    ],
    sentence: "src sets the pace: 33.0 ms between two of its pushes, 9.87 s in total.",
    detail: /It is blocked for 98 % of its time\. Of the others a holds buffers longest, 300 ms in total\.$/,
    never: /longer in total/,
  },
  {
    what: "a source that works long in its loop takes longest",
    rows: [
      source("a", { driver: times(299, 5 * ms), wallNs: 1.495 * second, blockedNs: 0, cpuNs: 300 * ms }),
      { name: "a", buffersIn: 300, exclusive: times(300, 1 * ms) },
    ],
    sentence: "src takes longest: 5.00 ms between two of its pushes, 1.50 s in total.",
  },
  {
    what: "without a wall profile nobody knows what its loop waits for",
    rows: [
      source("a", { driver: times(299, 33 * ms), blockedNs: null, readyNs: null }),
      { name: "a", buffersIn: 300, exclusive: times(300, 1 * ms), cpuNs: 20 * ms },
    ],
    sentence: "src takes longest: 33.0 ms between two of its pushes, 9.87 s in total.",
    never: /blocked|pace/,
  },
  {
    what: "what a full queue holds back is not the queue's",
    rows: queued(0.01 * second, 4 * second, { exclusive: times(1000, 1.2 * ms), cpuNs: 10 * ms }),
    sentence: "slow holds each buffer for 1.20 ms, longer in total than any other element.",
  },
  {
    what: "no element was timed",
    rows: [{ name: "a", buffersIn: 10, wallNs: null, cpuNs: 50 * ms }],
    sentence: "The CPU is not the bottleneck: all threads together use 0.5 % of one core.",
  },
  {
    what: "no sample and no time",
    rows: [{ name: "a", buffersIn: 10, wallNs: null }],
    sentence: "No CPU samples were taken.",
  },
  { what: "nothing", rows: [{ name: "a" }], sentence: "No GStreamer activity was seen." },
];

const limited = "slow limits the throughput: it holds each buffer for 5.00 ms, and q before it is full.";
const waitingCases: Case[] = [
  {
    what: "an element behind a full queue, which waits itself",
    rows: queued(4 * second, 0, { blockedNs: 4.9 * second, cpuNs: 50 * ms }),
    sentence: limited,
    detail:
      /^q is full: what feeds it waits 80 % of the time for what lies behind it\. slow waits itself: 98 % of its time it is blocked\./,
    also: ["80 %"],
  },
  {
    what: "one that works",
    rows: queued(4 * second, 0, { cpuNs: 4.5 * second }),
    sentence: limited,
    detail: /slow works: 90 % of its time it is on a CPU\. slow burns 100 % of the CPU time/,
    also: ["80 %"],
  },
  {
    what: "one whose own threads work: seconds, not more than all of its time",
    rows: queued(4 * second, 0, { cpuNs: 20 * second }),
    sentence: limited,
    detail: /slow works: 20\.0 s of CPU time in 5\.00 s\./,
    also: ["80 %"],
  },
  {
    what: "one that waits for a CPU is not blocked",
    rows: queued(4 * second, 0, { cpuNs: 0.5 * second, readyNs: 4.3 * second }),
    sentence: limited,
    detail: /slow waits for a CPU 86 % of its time\./,
    never: /blocked|waits itself/,
    also: ["80 %"],
  },
  {
    what: "one that does a bit of everything",
    rows: queued(4 * second, 0, { cpuNs: 2 * second, readyNs: 1 * second, blockedNs: 2 * second }),
    sentence: limited,
    detail: /slow is on a CPU 40 %, blocked 40 % and ready to run, but on no CPU, 20 % of its time\./,
    also: ["80 %"],
  },
  {
    what: "one of which nobody knows what it waits for",
    rows: queued(4 * second, 0, { cpuNs: 0.5 * second, readyNs: null, blockedNs: null }),
    sentence: limited,
    detail: /slow takes the longest there\./,
    also: ["80 %"],
  },
  {
    what: "one long block behind a full queue",
    rows: queued(4 * second, 0, { exclusive: times(1000, 1 * ms, 4 * second), blockedNs: 4.9 * second }),
    sentence:
      "slow limits the throughput: it holds each buffer for 1.00 ms (half of them; the longest 4.00 s, 5.00 ms on average), and q before it is full.",
    also: ["80 %"],
  },
  {
    what: "both sides of a queue wait in turns: shares of one time",
    rows: queued(4 * second, 4 * second),
    sentence:
      "q is too small: what feeds it waits 44 % of the time for room, and what it feeds another 44 % for buffers.",
    detail: /^At most 6 buffers were in q or waited for room\./,
    also: ["44 %"],
  },
  {
    what: "waits that are more than all of the time are of something else",
    rows: queued(6.3 * second, 6.9 * second, { exclusive: times(1000, 1 * ms) }),
    sentence: /^slow holds each buffer/,
    never: /too small|for room/,
  },
  {
    what: "behind a leaky queue it cannot keep up",
    rows: queued(0, 0, {}, { leaky: true, drops: 400, buffersIn: 1400, exclusive: times(1400, 100) }),
    sentence: "slow cannot keep up: it holds each buffer for 5.00 ms, and q before it throws away what does not fit.",
    detail: /^q dropped 400 of 1,400 buffers\./,
  },
  {
    what: "a sink that waits for the clock",
    rows: [source("sink"), sink({ sync: true, exclusive: times(1000, 9 * ms), blockedNs: 8.9 * second })],
    sentence: "The pipeline keeps up: sink waits 98 % of the time for the clock.",
    also: ["98 %"],
  },
  {
    what: "its wait for the first picture, outside of its function, is no wait for the clock",
    rows: [
      source("sink"),
      sink({ sync: true, exclusive: times(1000, 9 * ms), blockedNs: 30 * second, wallNs: 31 * second }),
    ],
    sentence: "The pipeline keeps up: sink waits 99 % of the time for the clock.",
    also: ["99 %"],
  },
  {
    what: "without a wall profile the clock is not said, and the sink is not blamed",
    rows: [source("sink"), sink({ sync: true, exclusive: times(1000, 9 * ms), blockedNs: null, readyNs: null })],
    sentence: /^src takes longest/,
    never: /clock|sink/,
  },
];

const overloadedCases: Case[] = [
  {
    what: "four burners beside an encoder: the machine first, no advice about queues",
    rows: queued(4 * second, 0, { cpuNs: 1.3 * second, readyNs: 3.7 * second }),
    wall: { readyNs: 41.7 * second, blockedNs: 5 * second },
    durationNs: 43 * second,
    sentence:
      "The machine is overloaded: threads that could run waited for a CPU for 97 % of that time, 41.7 s of 43.0 s.",
    detail:
      "What else holds the pipeline up, an element or the size of a queue, cannot be told from a run on such a machine.",
    never: /limits|is full|too small|keeps up|not the bottleneck/,
  },
  {
    what: "who burns the CPU time is known all the same",
    rows: queued(4 * second, 0, { cpuNs: 4 * second }),
    wall: { readyNs: 6 * second, blockedNs: 0 },
    sentence:
      "The machine is overloaded: threads that could run waited for a CPU for 60 % of that time, 6.00 s of 10.0 s.",
    detail: /slow burns 100 % of the CPU time: 4\.00 s of 4\.00 s, 4\.00 ms for each of 1,000 buffers\./,
  },
  {
    what: "small queues are not to blame there either",
    rows: queued(4 * second, 4 * second),
    wall: { readyNs: 5 * second, blockedNs: 1 * second },
    sentence: /^The machine is overloaded/,
    never: /small/,
  },
  {
    what: "a pipeline that rests is not delayed by a busy machine",
    rows: queued(4 * second, 0, { blockedNs: 4.9 * second, cpuNs: 300 * ms }),
    wall: { readyNs: 400 * ms, blockedNs: 15 * second },
    sentence: limited,
    also: ["80 %"],
  },
  {
    what: "a thread that hardly ever waits for a CPU",
    rows: queued(4 * second, 0, { cpuNs: 9 * second }),
    wall: { readyNs: 2.5 * second, blockedNs: 0 },
    sentence: limited,
    also: ["80 %"],
  },
];

const figures = /[\d,.]+ (?:%|ns|µs|ms|s|buffers?)(?![a-z])/g;

/** Every figure that rows and totals hold, as it is written. */
function figuresOf(summary: Summary): Set<string> {
  const { cpu, wall } = summary.profile;
  const total = cpu?.totalNs ?? 0;
  const { processCpuNs, durationNs, cpu: account } = summary.target;
  const [able, outside] = [(wall?.runningNs ?? 0) + (wall?.readyNs ?? 0), cpu?.byElement["(none)"] ?? 0];
  const rowOf = (e: ElementSummary): string[] => {
    const { exclusive: x, driver: d, wallNs: w, queueLevel } = e;
    const buffers = e.buffersIn || e.buffersOut;
    const each = [x, d].flatMap((h) => (h ? [h.sumNs / h.count, h.p50Ns, h.p99Ns, h.maxNs, h.sumNs] : []));
    const shares = [e.cpuNs / total, ...(w ? [e.cpuNs / w, (e.readyNs ?? 0) / w, (e.blockedNs ?? 0) / w] : [])];
    const counts = [buffers, e.buffersIn, e.drops, queueLevel?.highest ?? 0, x?.count ?? 0, d?.count ?? 0];
    return [
      ...[...each, e.cpuNs, w ?? 0, e.cpuNs / buffers].map(duration),
      ...shares.map(percent),
      ...counts.map((n) => `${count(n)} ${n === 1 ? "buffer" : "buffers"}`),
    ];
  };
  return new Set([
    ...elementsOf(summary).flatMap(rowOf),
    ...[total, outside, able, wall?.readyNs ?? 0, processCpuNs, account.missedNs].map(duration),
    ...[outside / total, (wall?.readyNs ?? 0) / able, Math.max(total, processCpuNs) / durationNs].map(percent),
  ]);
}

const all = [...cpuCases, ...fewSamples, ...timeCases, ...waitingCases, ...overloadedCases];

describe("a sentence", () => {
  test("is tried on more than forty tables", () => {
    expect(all.length).toBeGreaterThanOrEqual(40);
  });

  test.each(all)("$what", ({ sentence, detail, never, also = [], ...table }) => {
    const summary = summaryOf(table);
    const said = headline(summary);
    if (typeof sentence === "string") expect(said.sentence).toBe(sentence);
    else expect(said.sentence).toMatch(sentence);
    if (typeof detail === "string") expect(said.detail).toBe(detail);
    else if (detail !== undefined) expect(said.detail).toMatch(detail);
    const text = `${said.sentence} ${said.detail}`;
    if (never !== undefined) expect(text).not.toMatch(never);
    const known = figuresOf(summary);
    const strange = (text.match(figures) ?? []).filter((figure) => !known.has(figure) && !also.includes(figure));
    expect(strange).toEqual([]);
    for (const [, share] of text.matchAll(/([\d.]+) %/g)) expect(Number(share)).toBeLessThanOrEqual(100);
  });
});

describe("an element of a report", () => {
  const row = (more: Partial<Row>): ElementSummary => {
    const [element] = elementsOf(summaryOf({ rows: [{ name: "e", ...more }] }));
    if (element === undefined) throw new Error("no element");
    return element;
  };
  const [own, loop] = [times(10, 3 * ms), times(10, 5 * ms)];

  test("is timed by its functions; only a source, which has none and receives nothing, by its loop", () => {
    expect(ownTime(row({ exclusive: own, driver: loop }))).toBe(own);
    expect(ownTime(row({ driver: loop }))).toBe(loop);
    expect(ownTime(row({ driver: loop, buffersIn: 1 }))).toBeNull();
    expect(ownTime(row({}))).toBeNull();
  });

  test("was measured from two hundred milliseconds of its time on", () => {
    expect([199 * ms, 200 * ms, null].map((wallNs) => isMeasured(row({ wallNs })))).toEqual([false, true, false]);
  });

  test("is before others by its CPU time, then by its time, then as the pipeline has them; no table changes by it", () => {
    const rows: Row[] = [
      { name: "first" },
      { name: "second" },
      { name: "slow", exclusive: times(1, 1) },
      { name: "slower", exclusive: times(2, 1) },
      { name: "burns", cpuNs: 1 },
    ];
    const elements = elementsOf(summaryOf({ rows }));
    expect(byCost(elements).map(({ name }) => name)).toEqual(["burns", "slower", "slow", "first", "second"]);
    expect(elements.map(({ name }) => name)).toEqual(rows.map(({ name }) => name));
  });
});

describe("a run that was never switched on", () => {
  test("says so, and how to switch it on; what was seen before it was switched off counts", () => {
    const inStandby = (row: Partial<Row>) => {
      const summary = summaryOf({ rows: [{ name: "e", ...row }] });
      return headline({ ...summary, target: { ...summary.target, pid: 77, standby: true } });
    };
    const { sentence, detail } = inStandby({});
    expect(sentence).toBe("Nothing is recorded: in standby from the start, and never switched on.");
    expect(detail).toContain("gst-pyroscope set 77 enabled=true");
    expect(inStandby({ buffersIn: 3, buffersOut: 3 }).sentence).not.toContain("standby");
  });
});

describe("a run in which nothing moved", () => {
  const said = (more: Partial<Row>, cpuNs = 0) =>
    headline(summaryOf({ rows: [{ name: "e", ...more, cpuNs }] })).sentence;

  test("has seen no activity; one buffer out or in, or some CPU time, is some", () => {
    expect(said({})).toBe("No GStreamer activity was seen.");
    for (const moved of [{ buffersIn: 1 }, { buffersOut: 1 }, { buffersIn: 3, buffersOut: 3 }])
      expect(said(moved)).not.toBe("No GStreamer activity was seen.");
    expect(said({}, 1 * second)).not.toBe("No GStreamer activity was seen.");
  });
});
