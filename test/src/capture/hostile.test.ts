// What does `report` make of a capture that somebody sent to do harm? One sentence, an exit code, little memory and time.
// Each kind of harm in each run; `npm test -- captures` has them all, everywhere.
import { execFileSync } from "node:child_process";
import { cpSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../../src/commands/exit-codes.js";
import { printable } from "../../../src/model/printable.js";
import { type Reported, reportChild } from "../../helpers/report-child.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";
import { taste } from "../../helpers/whole.js";

const MOST_RSS = 300e6;
const MOST_CPU_SECONDS = 20;
/** Of a machine that does other things as well: its caches are not ours alone. */
const LOADED = 2;
const known = new Set<number | null>(Object.values(exitCodes).map(({ code }) => code));
const profile = "profiles/cpu-1.pb.gz";
let whole = "";

beforeAll(async () => {
  whole = await writeSample(scratch(), sampleCapture("pipeline0", encoders));
});

function changed(change: (dir: string) => void): string {
  const dir = scratch();
  cpSync(whole, dir, { recursive: true });
  change(dir);
  return dir;
}

function harmless({ code, out, errors, rssBytes, cpuSeconds }: Reported): void {
  expect(known, errors.slice(0, 500)).toContain(code);
  expect(errors).not.toMatch(/^ {4}at /m);
  expect(errors.trimEnd().split("\n").length).toBeLessThanOrEqual(1);
  for (const line of [...out.split("\n"), ...errors.split("\n")]) expect(line).toBe(printable(line));
  expect(rssBytes).toBeLessThan(MOST_RSS);
  expect(cpuSeconds).toBeLessThan(MOST_CPU_SECONDS * LOADED);
}

const edit =
  (name: string, change: (text: string) => string | Buffer) =>
  (dir: string): void =>
    writeFileSync(join(dir, name), change(readFileSync(join(dir, name), "utf8")));
const instead =
  (name: string, make: (path: string) => void) =>
  (dir: string): void => {
    rmSync(join(dir, name));
    make(join(dir, name));
  };
const fields = (name: string, more: Record<string, unknown>) =>
  edit(name, (text) => JSON.stringify({ ...JSON.parse(text), ...more }));
const repeated = (bytes: Buffer, times: number): Buffer => Buffer.alloc(bytes.length * times, bytes);

/** One way opens them all. */
const inPlace = taste(
  ["topology.json", profile],
  ["capture.json", "topology.json", "metrics.ndjson", "profiles.ndjson", "spans.ndjson", profile],
);

describe.each(inPlace)("in place of %s", (name) => {
  const there = (dir: string): void => writeFileSync(join(dir, name), "");
  test.each<[string, (path: string) => void]>([
    ["a FIFO", (path) => execFileSync("mkfifo", [path])],
    ["a link to /dev/zero", (path) => symlinkSync("/dev/zero", path)],
    ["a link to a file outside", (path) => symlinkSync("/etc/passwd", path)],
    ["a directory", (path) => mkdirSync(path)],
  ])("%s is said and not read", async (_, make) => {
    const dir = changed((d) => {
      if (name === "spans.ndjson") there(d);
      instead(name, make)(d);
    });
    const said = await reportChild(dir);
    harmless(said);
    expect([exitCodes.captureTruncated.code, exitCodes.captureUnreadable.code]).toContain(said.code);
    expect(said.errors).toContain(name);
    expect(said.out).not.toContain("root:");
  });
});

const emptySamples = (n: number): Buffer =>
  gzipSync(Buffer.concat([Buffer.from(samplePprof([])), repeated(Buffer.from([0x12, 0]), n)]), { level: 1 });
const cellLine = (pad: number, peer: number): string =>
  JSON.stringify({
    kind: "chain",
    pad,
    peer,
    buffers: 9,
    inclusive: { counts: [[3, 9]] },
    exclusive: { counts: [[3, 9]], sumNs: 9 },
  });
const elementRows = (n: number) =>
  Array.from({ length: n }, (_, id) => ({
    id,
    path: `p/e${id}`,
    pipeline: "p",
    name: `e${id}`,
    factory: "f",
    plugin: "g",
  }));

const elements = (n: number) =>
  edit("topology.json", () => JSON.stringify({ pipelines: ["p"], elements: elementRows(n), pads: [] }));

type Harm = [string, (dir: string) => void];

const usual: Harm[] = [
  ["a profile of ten million empty samples", (d) => writeFileSync(join(d, profile), emptySamples(10e6))],
  [
    "profiles that unpack to gigabytes",
    (d) => {
      const bomb = gzipSync(Buffer.alloc(300 * 2 ** 20), { level: 1 });
      for (let n = 2; n < taste(8, 70); n++) writeFileSync(join(d, `profiles/cpu-${n}.pb.gz`), bomb);
    },
  ],
  ["JSON of millions of numbers", edit("topology.json", () => `{"elements":[${"0,".repeat(15e6)}0]}`)],
  ["deep JSON", edit("topology.json", () => `{"elements":${"[".repeat(2e5)}${"]".repeat(2e5)}}`)],
  ["a hundred megabytes of JSON", edit("topology.json", () => Buffer.alloc(100 * 2 ** 20, " "))],
  ["counters of one endless line", edit("metrics.ndjson", () => Buffer.alloc(100 * 2 ** 20, "7"))],
  ["40000 elements", elements(40_000)],
  [
    "hundred thousand pipelines",
    edit("topology.json", () => JSON.stringify({ pipelines: Array.from({ length: 1e5 }, (_, n) => `p${n}`) })),
  ],
  [
    "folders of other processes",
    (d) => {
      for (let n = 2; n < taste(300, 3000); n++) mkdirSync(join(d, `process-${n}`));
    },
  ],
];

/** Links to one file: they take the least room. */
const crowd = (dir: string, files: number): void => {
  writeFileSync(join(dir, "0"), "");
  for (let n = 1; n < files; n++) {
    const from = `${Math.floor(n / 50_000) * 50_000}`; // a file system permits some 65 000 of one file
    if (n % 50_000 === 0) writeFileSync(join(dir, `${n}`), "");
    else linkSync(join(dir, from), join(dir, `${n}`));
  }
};

test.each([
  ["", taste(21_000, 50_000), exitCodes.captureUnreadable.code, "more than 20000 files"] as const,
  ...taste([], [["profiles", 101_000, exitCodes.captureTruncated.code, "profiles: more than 100000 files"] as const]),
])(
  "a crowd of files in the folder '%s' is one sentence",
  async (folder, files, code, words) => {
    const dir = changed((d) => crowd(join(d, folder), files));
    const said = await reportChild(dir);
    harmless(said);
    expect(said.code).toBe(code);
    expect(said.errors).toContain(words);
    rmSync(dir, { recursive: true });
  },
  300_000,
);

/** More of the same kinds. */
const rest: Harm[] = [
  ["a profile of fifty million empty samples", (d) => writeFileSync(join(d, profile), emptySamples(50e6))],
  ["JSON of millions of brackets", edit("capture.json", () => "[".repeat(30e6))],
  ["spans of one endless line", (d) => writeFileSync(join(d, "spans.ndjson"), Buffer.alloc(100 * 2 ** 20, "{"))],
  [
    "hops of everything with everything",
    (d) => {
      const pads = elementRows(2000).map(({ id }) => ({ id, element: id, name: "x", direction: "src" }));
      writeFileSync(join(d, "topology.json"), JSON.stringify({ pipelines: ["p"], elements: elementRows(2000), pads }));
      const lines = Array.from({ length: 40_000 }, (_, n) => cellLine((n * 7) % 2000, (n * 31 + (n >> 8)) % 2000));
      writeFileSync(join(d, "metrics.ndjson"), lines.join("\n"));
    },
  ],
  ["95000 elements", elements(95_000)],
  ["200000 elements", elements(200_000)],
];

test.each([...usual, ...taste([], rest)])(
  "%s take little memory and time",
  async (_, change) => {
    const dir = changed(change);
    const page = ["--html", `${dir}.html`];
    for (const options of taste([page], [[], page])) harmless(await reportChild(dir, ...options));
    rmSync(dir, { recursive: true });
  },
  300_000,
);

const nasty = "\u001b[2J\u009b31m\u202e\u2066\u200b\ufeff\u2028\ud800\u0007\u007f";

test("no text of any field reaches the terminal as it is", async () => {
  const dir = changed((d) => {
    const spoil = (value: unknown): unknown =>
      typeof value === "string" && !/^(gst-pyroscope-capture|\d+|cpu|wall|src|sink|profiles\/.*)$/.test(value)
        ? nasty + value
        : Array.isArray(value)
          ? value.map(spoil)
          : typeof value === "object" && value !== null
            ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner)]))
            : value;
    for (const name of ["capture.json", "topology.json"])
      edit(name, (text) => JSON.stringify(spoil(JSON.parse(text))))(d);
    fields("capture.json", { losses: { [nasty]: 7, constructor: 5, toString: 4 }, complete: true })(d);
    edit("capture.json", (text) => text.replace('"toString":4', '"__proto__":3,"toString":4'))(d);
    const labels = { path: `p/${nasty}`, pipeline: nasty, factory: nasty, thread: nasty, blocked_on: "constructor" };
    const stacks = [{ stack: [`${nasty}!${nasty}`], ns: 5e8, labels }];
    for (const kind of ["cpu", "wall"])
      writeFileSync(join(d, `profiles/${kind}-1.pb.gz`), gzipSync(samplePprof(stacks)));
  });
  const text = await reportChild(dir);
  harmless(text);
  expect(text.out).toMatch(/constructor 5/);
  expect(text.out).toMatch(/__proto__ 3/);
  expect(text.out).not.toMatch(/NaN|Infinity|undefined|native code/);
  const json = await reportChild(dir, "--json");
  harmless(json);
  const summary = JSON.parse(json.out);
  expect(Object.entries(summary.losses)).toContainEqual(["__proto__", 3]);
  expect(summary.target.command).toContain(nasty);
  harmless(await reportChild(dir, "--html", `${dir}.html`));
  const page = readFileSync(`${dir}.html`, "utf8");
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  JSON.parse(data, (_key, value) => {
    if (typeof value === "string") expect(value).toBe(printable(value));
    return value;
  });
});

test("numbers out of range are no figures", async () => {
  for (const n of ["1e999", "-5", ...taste([], ["1e308", '"x"', "18446744073709551616", "null", "0.1"])]) {
    const dir = changed((d) => {
      for (const name of ["capture.json", "topology.json", "metrics.ndjson"])
        edit(name, (text) => text.replace(/(?<=[:,[])\d+(?=[,\]}])/g, n).replace(/"version":[^,]*/, '"version":1'))(d);
    });
    const said = await reportChild(dir);
    harmless(said);
    expect(said.out).not.toMatch(/NaN|Infinity|undefined/);
    harmless(await reportChild(dir, "--json"));
  }
});

test("a path that is not printable is said printably", async () => {
  const dir = changed(edit("capture.json", (text) => text.slice(0, 100)));
  const odd = `${scratch()}\u001b]0;x\u0007\u202e`;
  cpSync(dir, odd, { recursive: true });
  harmless(await reportChild(odd));
  harmless(await reportChild(`${odd}-nowhere`));
  const link = scratch("link");
  symlinkSync(odd, link);
  expect((await reportChild(link)).out).not.toBe("");
});
