// Does a capture of a week stay within its limit at every instant, and does it write little more than it gets?
// A taste of it here; `npm test -- week` is the whole: windows of ten seconds, on a clock that is only counted.
import { readFileSync, statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { lossHelp } from "../../../src/agent/session/loss-help.js";
import { lossesOf } from "../../../src/analysis/losses.js";
import { encodeCell } from "../../../src/capture/cells.js";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import {
  PERIOD_NS,
  random,
  SECOND,
  START_UNIX_NS,
  sampleAgent,
  sampleCapture,
  sampleFacts,
} from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";
import { taste } from "../../helpers/whole.js";

const windows = Number(process.env.PYRO_WEEK_WINDOWS ?? taste(150, 1000));
const maxBytes = Number(process.env.PYRO_WEEK_BYTES ?? taste(4, 8) * 1024 ** 2);
const sample = sampleCapture("pipeline0", encoders);
const next = random(20);
/** Of a window: fewer windows reach the limit with more of them. */
const each = taste(800, 160);
/** Windows that differ; then they come again, long after the last of them was merged. */
const SHAPES = taste(75, 600);

/** Stacks that come again in each window, and some that never do. */
function stacksOf(window: number): SampleStack[] {
  return Array.from({ length: each }, (_, i) => {
    const own = i < 0.6 * each ? Math.floor(next() * 200) : `${window}.${i}`;
    const { labels, stack } = sample.stacks[i % sample.stacks.length] as SampleStack;
    const rest = [1, 2, 3].map((depth) => `libwork.so!step_${own}_${depth}`);
    return { labels, stack: [...stack, ...rest], ns: (1 + Math.floor(next() * 5)) * PERIOD_NS };
  });
}

/** Adds up the directory again and again, a fifth of the time, in a thread of its own, until it is told to stop. */
function watchSize(dir: string): () => Promise<{ most: number; looks: number }> {
  const code = `
    const { parentPort, workerData: dir } = require("node:worker_threads");
    const { readdirSync, statSync } = require("node:fs");
    let most = 0, looks = 0, over = false;
    const size = (path) => { try { const s = statSync(path); return s.isFile() ? s.size : 0; } catch { return 0; } };
    parentPort.once("message", () => { over = true; });
    (function look() {
      const from = performance.now();
      let sum = 0;
      for (const name of readdirSync(dir, { recursive: true })) sum += size(dir + "/" + name);
      most = Math.max(most, sum); looks++;
      if (over) { parentPort.postMessage({ most, looks }); parentPort.close(); } else setTimeout(look, 5 + 4 * (performance.now() - from));
    })();`;
  const worker = new Worker(code, { eval: true, workerData: dir });
  return () =>
    new Promise((done, failed) => {
      worker.once("message", done);
      worker.once("error", failed);
      worker.postMessage("stop");
    });
}

function shapeOf(window: number): { bytes: Buffer; totalNs: number } {
  const stacks = stacksOf(window);
  const totalNs = stacks.reduce((sum, { ns }) => sum + ns, 0);
  return { bytes: gzipSync(samplePprof(stacks)), totalNs };
}

const written = (): number => Number(/^wchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);

test(`${windows} windows stay within ${maxBytes} bytes, and are written with 1.3 times their bytes at most`, {
  timeout: 7_200_000,
}, async () => {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, sampleFacts(), { limits: { maxBytes, maxAgeMs: 0 } });
  const size = watchSize(dir);
  const before = written();
  const sums = { samples: 0, totalNs: 0, received: 0, counts: 0 };
  const shapes: { bytes: Buffer; totalNs: number }[] = [];
  for (let i = 0; i < windows; i++) {
    shapes[i % SHAPES] ??= shapeOf(i);
    const { bytes, totalNs } = shapes[i % SHAPES] as { bytes: Buffer; totalNs: number };
    const info = {
      ...sample.info,
      startUnixNs: START_UNIX_NS + BigInt(i * 10 * SECOND),
      atNs: i * 10 * SECOND,
      samples: totalNs / PERIOD_NS,
      totalNs,
    };
    sums.samples += info.samples;
    sums.totalNs += totalNs;
    sums.received += bytes.length;
    await writer.addProfile(bytes, info);
    const cells = sample.cells.map((cell) => ({ ...cell, buffers: cell.buffers + i }));
    sums.counts += cells.reduce((sum, cell) => sum + JSON.stringify(encodeCell(cell, sampleAgent(0))).length, 0);
    await writer.progress(sample.topology, cells, sample.state, sampleAgent(10 * (i + 1)));
  }
  await writer.finish({ ...sample, agent: sampleAgent(10 * windows) });
  const wrote = written() - before;
  const { most, looks } = await size();
  const capture = await readCapture(dir);
  const rows = capture.cpu?.rows ?? [];
  const dropped = capture.facts.losses.capture_dropped ?? 0;
  console.log(
    `received ${sums.received}, wrote ${wrote} (${(wrote / sums.received).toFixed(3)} of the profiles, ${(wrote / (sums.received + sums.counts)).toFixed(3)} with the counts), at most ${most} of ${maxBytes} in ${looks} looks; ` +
      `${rows.length} profiles, ${dropped} of ${sums.samples} samples dropped`,
  );
  expect(sums.received).toBeGreaterThan(maxBytes);
  expect(most).toBeLessThanOrEqual(maxBytes);
  // At first counts are written with each window, later no more than every five minutes: then they are little beside profiles.
  expect(wrote).toBeLessThan(1.3 * (sums.received + (windows < 20_000 ? sums.counts : 0)));
  expect(capture).toMatchObject({ complete: true, problems: [] });
  expect(rows.reduce((sum, row) => sum + row.samples, dropped)).toBe(sums.samples);
  expect(capture.cpu?.totalNs).toBe(rows.reduce((sum, row) => sum + row.totalNs, 0));
  if (dropped === 0) expect(capture.cpu?.totalNs).toBe(sums.totalNs);
  const byTime = rows.toSorted((a, b) => Number(BigInt(a.startUnixNs) - BigInt(b.startUnixNs)));
  expect(byTime[0]?.windows).toBeGreaterThanOrEqual(8);
  expect(byTime.at(-1)?.windows).toBe(1);
});

const many = taste(400, 4000);

test(`the index of ${many} profiles is written once`, { timeout: 300_000 }, async () => {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, sampleFacts());
  const bytes = gzipSync(samplePprof(stacksOf(0).slice(0, 4)));
  const before = written();
  for (let i = 0; i < many; i++)
    await writer.addProfile(bytes, {
      ...sample.info,
      startUnixNs: START_UNIX_NS + BigInt(i * 10 * SECOND),
      atNs: i * 10 * SECOND,
    });
  const wrote = written() - before;
  const index = statSync(`${dir}/profiles.ndjson`).size;
  console.log(`${many} profiles of ${bytes.length} bytes: wrote ${wrote} in all, the index has ${index}`);
  // Besides, a thread tells another that something is done, with some bytes each time.
  expect(wrote).toBeLessThan(many * bytes.length + 1.5 * index);
  await writer.finish({ ...sample, agent: sampleAgent(10 * many) });
  expect((await readCapture(dir)).cpu?.rows.length).toBe(many);
});

test("what is dropped to make room for the last words is counted in them, however small the limit", async () => {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, sampleFacts(), { limits: { maxBytes: 3_800_000, maxAgeMs: 0 } });
  for (let i = 0; i < 8; i++)
    await writer.addProfile(gzipSync(samplePprof(stacksOf(i))), {
      ...sample.info,
      startUnixNs: START_UNIX_NS + BigInt(i * 10 * SECOND),
      atNs: i * 10 * SECOND,
    });
  const modules = Array.from({ length: 1500 }, (_, n) => ({ ...sample.modules[0], path: `/usr/lib/lib${n}.so` }));
  await writer.finish({ ...sample, modules: modules as typeof sample.modules, agent: sampleAgent(80) });
  const capture = await readCapture(dir);
  const kept = capture.cpu?.rows.length ?? 0;
  expect(kept).toBeLessThan(8);
  expect(capture.facts.losses.capture_dropped).toBe((8 - kept) * sample.info.samples);
  expect(capture.problems).toEqual([]);
});

test("what is older than permitted is dropped, counted and said", async () => {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, sampleFacts({ lossHelp: lossHelp() }), {
    limits: { maxBytes: 1e9, maxAgeMs: 60_000 },
  });
  const addSpan = (second: number) => writer.addSpans(`{"startUnixNs":"${START_UNIX_NS + BigInt(second * SECOND)}"}\n`);
  for (let second = 0; second < 200; second += 10) {
    await writer.addProfile(samplePprof(stacksOf(second)), {
      ...sample.info,
      startUnixNs: START_UNIX_NS + BigInt(second * SECOND),
      atNs: second * SECOND,
    });
    await addSpan(second);
  }
  await writer.finish({ ...sample, agent: sampleAgent(200) });
  const capture = await readCapture(dir);
  const rows = capture.cpu?.rows ?? [];
  const gone = 20 - rows.length;
  expect(rows.map((row) => Number(BigInt(row.startUnixNs) - START_UNIX_NS) / SECOND).sort((a, b) => a - b)[0]).toBe(
    130,
  );
  const losses = lossesOf(capture.facts.losses, capture.facts.lossHelp);
  expect(losses).toMatchObject([
    { reason: "capture_dropped", count: gone * sample.info.samples, help: expect.stringContaining("capture-max-age") },
    { reason: "span_capture_dropped", help: expect.stringContaining("oldest") },
  ]);
  expect(readFileSync(`${dir}/spans.ndjson`, "utf8").split("\n").length - 1).toBe(20 - (losses[1]?.count ?? 0));
});

test("the index of a capture whose profiles come and go stays short, and says what counts", async () => {
  const dir = scratch();
  const writer = await CaptureWriter.create(dir, sampleFacts(), { limits: { maxBytes: 1e9, maxAgeMs: 60_000 } });
  const bytes = gzipSync(samplePprof(stacksOf(0)));
  for (let second = 0; second < 6000; second += 10)
    await writer.addProfile(bytes, {
      ...sample.info,
      startUnixNs: START_UNIX_NS + BigInt(second * SECOND),
      atNs: second * SECOND,
    });
  const lines = readFileSync(`${dir}/profiles.ndjson`, "utf8").split("\n").length - 1;
  expect(lines).toBeLessThan(300);
  await writer.finish({ ...sample, agent: sampleAgent(6000) });
  const capture = await readCapture(dir);
  expect(capture).toMatchObject({ complete: true, problems: [] });
  const kept = capture.cpu?.rows.length ?? 0;
  expect(kept).toBeLessThan(10);
  expect(capture.facts.losses.capture_dropped).toBe((600 - kept) * sample.info.samples);
});

test("spans beyond their share of the capture are dropped, the oldest first, and each is counted", async () => {
  const dir = scratch();
  const maxBytes = 8 * 1024 ** 2;
  const writer = await CaptureWriter.create(dir, sampleFacts(), { limits: { maxBytes, maxAgeMs: 0 } });
  const line = (n: number): string => `{"startUnixNs":"${START_UNIX_NS + BigInt(n)}","pad":"${"x".repeat(150)}"}\n`;
  for (let batch = 0; batch < 40; batch++)
    await writer.addSpans(Array.from({ length: 500 }, (_, i) => line(500 * batch + i)).join(""));
  await writer.finish({ ...sample, agent: sampleAgent(10) });
  const kept = readFileSync(`${dir}/spans.ndjson`, "utf8");
  expect(kept.length).toBeLessThan(maxBytes / 8);
  expect(kept.endsWith(line(19_999))).toBe(true);
  const { losses } = (await readCapture(dir)).facts;
  expect(losses.span_capture_dropped).toBe(20_000 - (kept.split("\n").length - 1));
});
