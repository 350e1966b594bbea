// Is the page's data cut to a size, printable, and is nothing dropped unsaid?
import { describe, expect, it } from "vitest";
import type { FlameNode } from "../../../src/analysis/flame.js";
import type { StackSample } from "../../../src/model/recorded-profiles.js";
import type { RecordedSpan } from "../../../src/model/recorded-traces.js";
import type { Recording } from "../../../src/model/recording.js";
import { type PackedNode, unpackTree } from "../../../src/page/packed-tree.js";
import { type PageLimits, pageData } from "../../../src/page/page-model.js";
import { cellOf } from "../../helpers/cells.js";
import { elementAt, profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";
import { hostileNames } from "../../helpers/sample-elements.js";

const roomy: PageLimits = { nodes: 4000, elements: 2000, heats: 200 };
const page = (recording: Recording, limits: Partial<PageLimits> = {}, pages = new Map<string, string>()) =>
  pageData(recording, { ...roomy, ...limits }, pages);

const elements = [elementAt(1, "p/src"), elementAt(2, "p/bin/enc"), elementAt(3, "p/sink")];
const pads = elements.flatMap(({ id }) => [
  { id: 10 * id, element: id, name: "sink", direction: "sink" as const },
  { id: 10 * id + 1, element: id, name: "src", direction: "src" as const },
]);
const topology = { pipelines: ["p"], elements, pads };
const frames = [
  { name: "main", module: "libc.so.6" },
  { name: "encode", module: "libx264.so" },
];
const sampled = (samples: StackSample[], change: Partial<Recording> = {}) =>
  recordingOf({ topology, cpu: profilesOf(samples, frames), ...change });
/** Second and third element burn; ten seconds of a hundred samples a second. */
const usual = (change: Partial<Recording> = {}) =>
  sampled(
    [...Array(300)].map((_, i) =>
      sampleAt(i % 3 === 0 ? "p/sink" : "p/bin/enc", 1e7, { thread: "q:src", stack: [0, 1] }),
    ),
    { cells: [cellOf(20, [5e6, 5e6], { peer: 11 }), cellOf(30, [1e6], { peer: 21 })], ...change },
  );

describe("the elements of a page", () => {
  it("are those that cost most, and how many and how much are left out is said", () => {
    const data = page(usual(), { elements: 1 });
    expect(data.elements.map(({ name, cpuNs }) => [name, cpuNs])).toEqual([["bin/enc", 2e9]]);
    expect(data.more).toEqual({ elements: 2, cpuNs: 1e9 });
    expect(page(usual()).more).toEqual({ elements: 0, cpuNs: 0 });
  });

  it("have no counts where nobody counted, and zeros where nothing came", () => {
    const counts = (recording: Recording) =>
      page(recording).elements.map(({ buffersIn, buffersOut, perSecond }) => [buffersIn, buffersOut, perSecond]);
    expect(counts(usual())).toEqual([
      [2, 1, 0.2],
      [1, 0, 0.1],
      [0, 2, 0.2],
    ]);
    const { facts } = usual();
    const off = { ...facts, settings: { ...facts.settings, timing: "off" } };
    expect(counts(usual({ cells: [], facts: off }))).toEqual(Array(3).fill([null, null, null]));
  });

  it("have a heat map only as far as there is room for them", () => {
    const counts = new Float64Array(60 * 40).fill(1);
    const history = { moments: 9, hops: [20, 30].map((pad) => ({ pad, kind: "chain" as const, counts })) };
    const withHeat = (heats: number) => page(usual({ history }), { heats }).elements.map(({ heat }) => heat !== null);
    expect(withHeat(2)).toEqual([true, true, false]);
    expect(withHeat(1)).toEqual([true, false, false]);
  });
});

describe("the sentence", () => {
  it("is parted behind the name of its element, which has a colour", () => {
    const { headline } = page(usual());
    expect([headline.element, headline.name]).toEqual([0, "enc"]);
    expect(headline.rest).toMatch(/^ burns 67\u00a0% of the CPU time/);
  });

  it("has no colour where its element is not on the page, and no name where it begins with none", () => {
    expect(page(usual(), { elements: 0 }).headline).toMatchObject({ element: -1, name: "enc" });
    expect(page(recordingOf()).headline).toMatchObject({
      ...{ element: -1, name: "", rest: "No GStreamer activity was seen." },
    });
  });
});

describe("the flame graph", () => {
  const trees = (recording: Recording, nodes = 4000) => {
    const { strings, flame, wallFlame } = page(recording, { nodes });
    const tree = (packed: PackedNode | null) => packed && unpackTree(strings, packed);
    return { cpu: tree(flame) as FlameNode, wall: tree(wallFlame) };
  };
  const namesBelow = (node: FlameNode | undefined): string[] => node?.children.map(({ name }) => name) ?? [];
  const size = (node: FlameNode): number => node.children.reduce((n, child) => n + size(child), 1);

  it("has the element's functions, its loop and its own threads below it, in its colour", () => {
    const paths = ["p/bin/enc", "(driver:p/bin/enc)", "(worker:p/bin/enc)"];
    const { cpu } = trees(sampled(paths.map((path, i) => sampleAt(path, 30 - 10 * i, { thread: "t" }))));
    const enc = cpu.children[0]?.children[0];
    expect([cpu.ns, namesBelow(cpu), namesBelow(cpu.children[0])]).toEqual([60, ["p"], ["bin/enc"]]);
    expect(namesBelow(enc)).toEqual(["t", "(its loop)", "(its own threads)"]);
    expect(enc?.children.map(({ element }) => element)).toEqual([0, 0, 0]);
  });

  it("says of each frame what named it, where that is no symbol", () => {
    const named = [
      { name: "[runs a task]", module: "libgst.so", origin: "role" as const },
      { name: "GstX264Enc::handle_frame", module: "libgstx264.so", origin: "type" as const },
      { name: "encode", module: "libx264.so" },
    ];
    const { cpu } = trees(sampled([], { cpu: profilesOf([sampleAt("p/bin/enc", 9, { stack: [0, 1, 2] })], named) }));
    const origins: unknown[] = [];
    for (let node = cpu.children[0]; node !== undefined; node = node.children[0]) origins.push(node.origin);
    expect(origins).toEqual([undefined, undefined, undefined, "role", "type", undefined]);
  });

  it("has what is outside of elements, and of some element of a factory, beside the pipelines", () => {
    const { cpu } = trees(sampled([sampleAt("", 20), sampleAt("(factory:x264enc)", 10)]));
    expect(namesBelow(cpu)).toEqual(["(outside of elements)", "some x264enc"]);
    expect(namesBelow(cpu.children[0])).toEqual(["(unknown thread)"]);
    expect(cpu.children.map(({ element }) => element)).toEqual([-1, -1]);
  });

  it("of wall time ends in what a thread waited for, and is none where nobody looked", () => {
    const waits = ["", "cpu", "futex"].map((blockedOn, i) =>
      sampleAt("p/sink", 30 - 10 * i, { thread: "t", blockedOn }),
    );
    const { wall } = trees(sampled([], { wall: profilesOf(waits, frames) }));
    expect(wall?.ns).toBe(60);
    expect(namesBelow(wall?.children[0]?.children[0]?.children[0])).toEqual([
      "(ready, waits for a CPU)",
      "(blocked in futex)",
    ]);
    expect(trees(usual()).wall).toBeNull();
  });

  it("is as small as it has to be, and loses no time", () => {
    const many = Array.from({ length: 500 }, (_, i) =>
      sampleAt(`p/e${i}`, 1000 + i, { thread: `t${i}`, stack: [0, 1] }),
    );
    for (const nodes of [1, 2, 50, 500]) {
      const { cpu } = trees(sampled(many), nodes);
      expect(size(cpu)).toBeLessThanOrEqual(nodes);
      expect(cpu.ns).toBe(many.reduce((sum, { ns }) => sum + ns, 0));
    }
  });
});

describe("what does not fit on a page", () => {
  it("of other processes is counted; the first one is called so, and one without a page has none", () => {
    const otherProcesses = ["..", "../process-3", ...Array.from({ length: 43 }, (_, i) => `../more-${i}`)];
    const data = page(recordingOf({ otherProcesses }), {}, new Map([["..", "../report.html"]]));
    expect([data.otherProcesses.length, data.moreProcesses]).toEqual([40, 5]);
    expect(data.otherProcesses.slice(0, 2)).toEqual([
      { name: "the first one", page: "../report.html" },
      { name: "process-3", page: null },
    ]);
  });

  it("of latencies is counted", () => {
    const cells = Array.from({ length: 30 }, (_, i) => cellOf(1000 + i, [5, 5], { kind: "latency", peer: 11 }));
    const sinks = cells.map((_, i) => elementAt(100 + i, `p/sink${i}`));
    const more = cells.map(({ pad }, i) => ({ id: pad, element: 100 + i, name: "sink", direction: "sink" as const }));
    const all = { ...topology, elements: [...elements, ...sinks], pads: [...pads, ...more] };
    const data = page(recordingOf({ topology: all, cells }));
    expect([data.latencies.length, data.moreLatencies]).toEqual([24, 6]);
    expect(page(usual()).moreLatencies).toBe(0);
    expect(data.latencies[0]).toMatchObject({ pipeline: "p", source: "src", sink: "sink0", arrived: 2, reason: "" });
  });

  it("of a slow buffer's spans is counted, and what is no element of the page has no colour", () => {
    const span = (i: number): RecordedSpan => ({
      ...{
        id: `${i}`,
        parent: i === 0 ? null : `${i - 1}`,
        startNs: i,
        durationNs: 200 - 2 * i,
        pad: i === 1 ? 999 : 20,
      },
      ...{ thread: "t\n", tid: 1, bytes: 1, flow: "ok", slow: false },
    });
    const spans = Array.from({ length: 90 }, (_, i) => span(i));
    const trace = { id: "ab", startUnixNs: 5n, atNs: 77, durationNs: 100, more: 3 };
    const traces = { traces: 9, spans: 90, broken: 0, slowest: [{ ...trace, spans }] };
    const [buffer] = page(usual({ traces })).traced?.slowest ?? [];
    expect([buffer?.spans.length, buffer?.more, buffer?.atNs]).toEqual([60, 33, 77]);
    expect(buffer?.spans.slice(0, 2).map(({ name, element, thread }) => [name, element, thread])).toEqual([
      ["bin/enc.sink", 0, "t·"],
      [".", -1, "t·"],
    ]);
    expect(page(usual()).traced).toBeNull();
  });
});

it("no text of a page has anything in it that is not seen, wherever it comes from", () => {
  const strange = hostileNames.map((name, i) =>
    elementAt(i + 1, `p/${name.replaceAll("/", "\\/")}`, { factory: name }),
  );
  const facts = recordingOf().facts;
  const recording = recordingOf({
    topology: { pipelines: ["p"], elements: strange, pads: [] },
    cpu: profilesOf(
      strange.map(({ path }, i) => sampleAt(path, 1e9, { thread: hostileNames[i] ?? "", stack: [i] })),
      hostileNames.map((name) => ({ name, module: name })),
    ),
    otherProcesses: [...hostileNames],
    problems: [...hostileNames],
    facts: {
      ...facts,
      target: { ...facts.target, command: hostileNames.join(" ") },
      losses: Object.fromEntries(hostileNames.map((name) => [name, 1])),
      settings: { ...facts.settings, engine: hostileNames[5] ?? "" },
    },
  });
  const texts: string[] = [];
  JSON.stringify(page(recording), (_, value: unknown) => {
    if (typeof value === "string") texts.push(value);
    return value;
  });
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter((text) => /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text))).toEqual([]);
});
