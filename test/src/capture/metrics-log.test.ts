// Does the last line of each hop say all that it counted, in a log that is thinned again and again?
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { CellLine } from "../../../src/capture/format.js";
import { MetricsLog } from "../../../src/capture/metrics-log.js";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf } from "../../helpers/cells.js";
import { random } from "../../helpers/sample-capture.js";
import { scratch } from "../../helpers/scratch.js";

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0).reverse()) one.close();
});

async function logOf(share: number, dir = scratch("metrics")) {
  mkdirSync(dir, { recursive: true });
  const folder = OwnFolder.open(dir);
  const log = await MetricsLog.open(folder, share);
  closing.push(folder, log);
  const path = join(dir, "metrics.ndjson");
  const lines = () =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as CellLine);
  const shorter: number[] = [];
  const at = (second: number) => ({
    timeUnixNs: 1_790_000_000_000_000_000n + BigInt(second) * 1_000_000_000n,
    atNs: second * 1e9,
  });
  const append = (second: number, ...cells: CellSnapshot[]) =>
    log.append(cells, at(second), async (n) => void shorter.push(n));
  return { log, lines, append, shorter, dir, size: () => statSync(path).size };
}
const counted = (pad: number, buffers: number) => cellOf(pad, [1000], { buffers });
const said = (lines: CellLine[]) =>
  lines.map(({ atNs, pad, buffers, moved }) => [atNs / 1e9, pad, moved ? "moved" : buffers]);

describe("a line", () => {
  it("is written for hops that changed, and for no others", async () => {
    const { append, lines, log } = await logOf(1e6);
    await append(1, counted(7, 10), counted(8, 5));
    await append(2, counted(7, 10), counted(8, 6));
    await append(3, counted(7, 10), counted(8, 6));
    expect(said(lines())).toEqual([
      [1, 7, 10],
      [1, 8, 5],
      [2, 8, 6],
    ]);
    expect(log.lines).toBe(3);
  });

  it("takes a hop away that is not there any more, once; when it comes again it is new", async () => {
    const { append, lines } = await logOf(1e6);
    await append(1, counted(7, 10), counted(8, 5));
    await append(2, counted(8, 5));
    await append(3, counted(8, 5));
    await append(4, counted(7, 11), counted(8, 5));
    expect(said(lines()).slice(2)).toEqual([
      [2, 7, "moved"],
      [4, 7, 11],
    ]);
    expect(Object.keys(lines()[2] ?? {})).toEqual([
      "timeUnixNs",
      "atNs",
      "pad",
      "peer",
      "kind",
      "startUnixNs",
      "moved",
    ]);
  });

  it("is one for the parts of one hop", async () => {
    const { append, lines } = await logOf(1e6);
    await append(1, counted(7, 10), counted(7, 4));
    expect(said(lines())).toEqual([[1, 7, 14]]);
  });

  it("of an earlier writer is gone on from: a hop that ended meanwhile is taken away", async () => {
    const { append, dir } = await logOf(1e6);
    await append(1, counted(7, 10), counted(8, 5));
    const { append: again, lines } = await logOf(1e6, dir);
    await again(9, counted(8, 5));
    expect(said(lines()).slice(2)).toEqual([
      [9, 8, 5], // what the other one wrote is not known to be the same
      [9, 7, "moved"],
    ]);
  });
});

describe("a log that is too long", () => {
  it("keeps each hop's last line, some instants over the whole time, and tells how many lines before they go", async () => {
    const share = 20_000;
    const { append, lines, shorter, log, size } = await logOf(share);
    for (let second = 1; second <= 400; second++)
      await append(second, counted(7, second), ...(second < 5 ? [counted(8, second)] : [counted(8, 4)]));
    const all = lines();
    expect(size()).toBeLessThan(2 * share);
    expect(shorter.length).toBeGreaterThan(1);
    expect(log.lines).toBe(all.length);
    expect(said(all.filter(({ pad }) => pad === 7)).at(-1)).toEqual([400, 7, 400]);
    expect(said(all.filter(({ pad }) => pad === 8)).at(-1)).toEqual([4, 8, 4]);
    const seconds = all.map(({ atNs }) => atNs / 1e9);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    const [early, late] = [seconds.filter((at) => at < 200), seconds.filter((at) => at >= 200)];
    expect(early.length).toBeGreaterThan(3);
    expect(late.length).toBeGreaterThan(3);
  });

  it("never loses a count, for hops that come and go at random", async () => {
    const next = random(13);
    const { append, lines } = await logOf(8000);
    const counts = new Map<number, number>();
    for (let second = 1; second <= 150; second++) {
      for (let pad = 1; pad <= 6; pad++) {
        if (next() < 0.1) counts.delete(pad);
        else if (next() < 0.6) counts.set(pad, (counts.get(pad) ?? 0) + 1);
      }
      await append(second, ...[...counts].map(([pad, buffers]) => counted(pad, buffers)));
    }
    const last = new Map<number, number>();
    for (const { pad, buffers, moved } of lines())
      if (moved) last.delete(pad);
      else last.set(pad, buffers);
    expect([...last].sort()).toEqual([...counts].sort());
  });
});
