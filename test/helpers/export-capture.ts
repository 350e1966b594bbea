// Which capture do the tests of exports read? One with windows, waits, spans and queue levels, whose names try everything that a name can.
import { readCapture } from "../../src/capture/reader.js";
import { CaptureWriter } from "../../src/capture/writer.js";
import type { ExportSource } from "../../src/export/source.js";
import type { CellSnapshot } from "../../src/model/batch.js";
import type { SampleElement } from "./sample-capture.js";
import { PERIOD_NS, SECOND, START_UNIX_NS, sampleAgent, sampleCapture, sampleFacts } from "./sample-capture.js";
import { type SampleStack, samplePprof } from "./sample-pprof.js";
import { scratch } from "./scratch.js";

/** Becomes bytes that are no UTF-8. */
const NO_UTF8 = "@@no-utf-8@@";
export const hostileNames = [
  `say "hi" 'there'`,
  "two\nlines\r\n| and a cell |",
  "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
  "semi;colon;name 42",
  "\u202egnp.exe\u2066\u200b",
  "=cmd|' /C calc'!A0",
  "+1-2@SUM(A1)",
  "# comment `code` **bold** [link](javascript:alert(1)) @everyone",
  "\\\\back\\slash} ]]> --> {{x}} $(y)",
  "x".repeat(10_000),
  "\ud800lone and \u0000nul \u001b[31mred",
  NO_UTF8,
] as const;

const elements: readonly SampleElement[] = [
  { path: "src", factory: "videotestsrc", samples: 30, thread: "src:src", leaves: [["libgst.so!fill"]] },
  { path: "vq", factory: "queue", from: "src", samples: 4, thread: "src:src" },
  {
    path: "enc",
    factory: "x264enc",
    from: "vq",
    samples: 200,
    thread: "vq:src",
    meanNs: 900_000,
    leaves: [["libx264.so!encode", "libx264.so!sad"], ["libx264.so!dct"]],
  },
  ...hostileNames.map(
    (name, i): SampleElement => ({
      path: name.replaceAll("/", "\\/"),
      factory: i % 2 === 0 ? name : "identity",
      from: i === 0 ? "enc" : (hostileNames[i - 1] ?? "").replaceAll("/", "\\/"),
      samples: 3 + i,
      thread: name.slice(0, 200),
      leaves: [[`lib${i}.so!${name}`]],
    }),
  ),
];

export const PIPELINE = "pipe</script>;=line";
/** As paths begin. */
export const PIPELINE_PATH = PIPELINE.replaceAll("/", "\\/");
export const WINDOW_NS = 2 * SECOND;

export interface ExportCapture {
  dir: string;
  cpuNs: number;
  waitNs: number;
  wallNs: number;
  queueLevels: readonly number[];
}

const broken = (pprof: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(pprof);
  const marker = Buffer.from(NO_UTF8);
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker)) bytes.fill(0xff, at, at + marker.length);
  return bytes;
};

const spanLine = (n: number, parent: string | null, more: Record<string, unknown>): string =>
  `${JSON.stringify({ trace: "0123456789abcdef0123456789abcdef", span: `00000000000000${(16 + n).toString(16)}`, parent, startUnixNs: String(START_UNIX_NS + 1000n * BigInt(n)), bytes: 100, flow: "ok", slow: n === 1, ...more })}\n`;

/** Three windows of CPU time, and of waits beside the same. */
export async function writeExportCapture(dir = scratch()): Promise<ExportCapture> {
  const sample = sampleCapture(PIPELINE, elements);
  for (const [i, name] of hostileNames.entries()) {
    const element = sample.topology.elements[elements.length - hostileNames.length + i];
    if (element !== undefined) element.name = name;
  }
  const writer = await CaptureWriter.create(dir, sampleFacts());
  const third = (part: number): SampleStack[] =>
    sample.stacks.map((one) => ({ ...one, ns: PERIOD_NS * Math.floor((one.ns / PERIOD_NS + part) / 3) }));
  const sum = (stacks: readonly SampleStack[]): number => stacks.reduce((ns, one) => ns + one.ns, 0);
  let [cpuNs, waitNs] = [0, 0];
  for (const part of [0, 1, 2]) {
    const ran = third(part).filter(({ ns }) => ns > 0);
    const waits = ran.map((one, i) => ({
      ...one,
      ns: 7 * one.ns + part,
      labels: { ...one.labels, blocked_on: i % 3 === 0 ? "cpu" : "futex" },
    }));
    const info = {
      ...sample.info,
      startUnixNs: START_UNIX_NS + BigInt(part * WINDOW_NS),
      atNs: part * WINDOW_NS,
      durationNs: WINDOW_NS,
    };
    await writer.addProfile(broken(samplePprof(ran, info.startUnixNs)), { ...info, totalNs: sum(ran) });
    await writer.addProfile(broken(samplePprof([...ran, ...waits], info.startUnixNs)), {
      ...info,
      kind: "wall",
      totalNs: sum(ran) + sum(waits),
    });
    cpuNs += sum(ran);
    waitNs += sum(waits);
  }
  const pads = new Map(
    sample.topology.pads.map((pad) => [
      `${sample.topology.elements.find(({ id }) => id === pad.element)?.name}.${pad.name}`,
      pad.id,
    ]),
  );
  await writer.addSpans(
    spanLine(2, "0000000000000011", {
      atNs: 2000,
      durationNs: 500,
      pad: pads.get("vq.sink"),
      thread: "src:src",
      tid: 71,
    }) +
      spanLine(1, null, { atNs: 1000, durationNs: 3000, pad: pads.get("src.src"), thread: "src:src", tid: 71 }) +
      spanLine(3, "0000000000000012", {
        atNs: 5000,
        durationNs: 900_000,
        pad: pads.get("enc.sink"),
        thread: "vq:src",
        tid: 72,
      }),
  );
  const queueLevels = [3, 5, 0];
  const queue = (level: number): CellSnapshot => ({
    ...(sample.cells[0] as CellSnapshot),
    kind: "queue",
    pad: pads.get("vq.sink") ?? 0,
    peer: pads.get("vq.src") ?? 0,
    level,
    highestLevel: 9,
  });
  for (const [i, level] of queueLevels.slice(0, 2).entries())
    await writer.snapshot(sample.topology, [queue(level)], sample.state, sampleAgent(2 * (i + 1)));
  await writer.finish({ ...sample, cells: [...sample.cells, queue(queueLevels[2] ?? 0)], agent: sampleAgent(6) });
  return { dir: writer.dir, cpuNs, waitNs, wallNs: cpuNs + waitNs, queueLevels };
}

export async function sourceOf(dir: string, more: Partial<ExportSource> = {}): Promise<ExportSource> {
  const capture = await readCapture(dir);
  const blank = { version: "0.1.0", kind: "cpu", elements: null, range: null, note: () => undefined } as const;
  return { dir, capture, doctor: async () => "This machine\n", ...blank, ...more };
}

export async function bytesOf(
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}
