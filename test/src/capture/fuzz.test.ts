// What does `report` make of a capture of which anything was changed? MUTATIONS=n in the environment tries more.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { buildPage } from "../../../scripts/build-page.mjs";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { type ReportOptions, report } from "../../../src/commands/report.js";
import { printable } from "../../../src/model/printable.js";
import { random, sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";
import { taste } from "../../helpers/whole.js";

const MUTATIONS = Number(process.env.MUTATIONS ?? taste(60, 300));
const SEED = Number(process.env.SEED ?? 20);
const files = [
  "capture.json",
  "topology.json",
  "metrics.ndjson",
  "profiles.ndjson",
  "spans.ndjson",
  "profiles/cpu-1.pb.gz",
];
const known = new Set<number>(Object.values(exitCodes).map(({ code }) => code));
/** Of this process, whatever was tried. */
const MOST_RSS = 700e6;
const MOST_CPU_SECONDS = 20;

const nasty = [
  "\u001b[2J",
  "\u009b1m",
  "\u202e",
  "\ud800",
  "__proto__",
  "constructor",
  "toString",
  "/".repeat(2000),
  "\\/",
  "(driver:",
  "(factory:x)",
  "9".repeat(400),
  "",
];
const numbers = ["1e999", "-1", "1e308", "-0", "0.5", "18446744073709551615", "NaN", "null", "[]", "{}", '"1"', "true"];

let whole = "";

beforeAll(async () => {
  await buildPage();
  whole = await writeSample(scratch(), sampleCapture("pipeline0", encoders));
  const span = (id: number, parent: number): string =>
    JSON.stringify({
      trace: "t",
      span: `${id}`,
      parent: `${parent}`,
      startUnixNs: "1790000000000000000",
      durationNs: 5,
      pad: 11,
      thread: "q",
      tid: id % 3,
    });
  writeFileSync(join(whole, "spans.ndjson"), Array.from({ length: 20 }, (_, n) => `${span(n + 1, n)}\n`).join(""));
});

type Next = () => number;
const pick = <T>(next: Next, from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;

function mutatedText(text: string, next: Next): string {
  const at = Math.floor(next() * text.length);
  switch (Math.floor(next() * 6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + Math.floor(next() * 200));
    case 2:
      return text.slice(0, at) + text.slice(Math.floor(next() * text.length));
    case 3:
      return text.replace(/"[^"\\]*"/g, (word) => (next() < 0.1 ? JSON.stringify(pick(next, nasty)) : word));
    case 4:
      return text.replace(/(?<=[:,[])-?\d+(?=[,\]}])/g, (n) => (next() < 0.1 ? pick(next, numbers) : n));
    default:
      return text.slice(0, at) + pick(next, nasty) + text.slice(at);
  }
}

function mutatedBytes(bytes: Buffer, next: Next): Buffer {
  const changed = Buffer.from(bytes);
  for (let n = 0; n < 1 + next() * 20; n++) changed[Math.floor(next() * changed.length)] = Math.floor(next() * 256);
  return next() < 0.2 ? changed.subarray(0, Math.floor(next() * changed.length)) : changed;
}

/** The decoder itself has to stand it, too. */
function beneathChecksum(bytes: Buffer, next: Next): Buffer {
  try {
    return gzipSync(mutatedBytes(gunzipSync(bytes), next));
  } catch {
    return mutatedBytes(bytes, next); // damaged before
  }
}

function mutate(dir: string, next: Next): string {
  const name = pick(next, files);
  const path = join(dir, name);
  const bytes = readFileSync(path);
  if (!name.endsWith("gz")) writeFileSync(path, mutatedText(bytes.toString(), next));
  else writeFileSync(path, next() < 0.2 ? mutatedBytes(bytes, next) : beneathChecksum(bytes, next));
  return name;
}

async function reported(dir: string, options: ReportOptions) {
  const said = { out: "", errors: [] as string[] };
  const terminal = {
    out: (text: string) => {
      said.out += text;
    },
    error: (line: string) => void said.errors.push(line),
    columns: 100,
    colour: false,
  };
  return { code: await report(dir, options, terminal), ...said };
}

test(`${MUTATIONS} mutations of a capture end in a report or in one sentence, printable, in bounded time and memory`, async () => {
  const next = random(SEED);
  const codes = new Map<number, number>();
  for (let n = 0; n < MUTATIONS; n++) {
    const dir = scratch();
    cpSync(whole, dir, { recursive: true });
    const names = [mutate(dir, next), ...(next() < 0.3 ? [mutate(dir, next)] : [])];
    const options = pick<ReportOptions>(next, [{}, { json: true }, { html: `${dir}.html` }]);
    const what = `seed ${SEED}, mutation ${n} of ${names.join(" and ")}, ${JSON.stringify(options)}`;
    const before = process.cpuUsage();
    const { code, out, errors } = await reported(dir, options);
    const { user, system } = process.cpuUsage(before);
    expect(known, what).toContain(code);
    expect(code, `${what}: ${errors}`).not.toBe(exitCodes.failed.code);
    expect(errors.length, what).toBeLessThanOrEqual(1);
    if (options.json && out !== "") JSON.parse(out);
    for (const line of out.split("\n")) expect(line, what).toBe(printable(line));
    if (!options.json) expect(out, what).not.toMatch(/NaN|Infinity|undefined|native code/);
    expect((user + system) / 1e6, what).toBeLessThan(MOST_CPU_SECONDS);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    rmSync(dir, { recursive: true });
  }
  console.log(`exit codes: ${[...codes].map(([code, n]) => `${code}: ${n}`).join(", ")}`);
  expect(process.memoryUsage().rss).toBeLessThan(MOST_RSS);
  expect(codes.size).toBeGreaterThan(taste(1, 2));
}, 600_000);
