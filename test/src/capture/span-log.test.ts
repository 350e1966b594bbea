// Do the newest spans stay within their share, and is each one counted that went?
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { SPANS_KEPT, spansShare } from "../../../src/capture/limits.js";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import { SpanLog } from "../../../src/capture/span-log.js";
import { scratch } from "../../helpers/scratch.js";

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0).reverse()) one.close();
});

async function logOf(limits: { maxBytes: number; maxAgeMs: number }, dir = scratch("spans")) {
  mkdirSync(dir, { recursive: true });
  const folder = OwnFolder.open(dir);
  const log = await SpanLog.open(folder, limits);
  closing.push(folder, log);
  const numbers = () =>
    readFileSync(join(dir, "spans.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { n: number }).n);
  return { log, numbers, dir };
}
/** Lines of a hundred bytes; the n-th span begins in the n-th second. */
function span(n: number, withClock = true): string {
  const times = {
    startUnixNs: String(1_790_000_000_000_000_000n + BigInt(n) * 1_000_000_000n),
    ...(withClock && { atNs: n * 1e9 }),
  };
  const line = JSON.stringify({ ...times, n, pad: "" });
  return `${line.slice(0, -2)}${"x".repeat(99 - line.length)}"}\n`;
}

it("nothing is used before the first span", async () => {
  const { log } = await logOf({ maxBytes: 8000, maxAgeMs: 0 });
  expect([log.used, log.dropped]).toEqual([false, 0]);
  await log.append(span(1));
  expect(log.used).toBe(true);
});

it("of a full log a fifth of its share stays, the newest, and the others are counted", async () => {
  const limits = { maxBytes: 80_000, maxAgeMs: 0 };
  expect(spansShare(limits)).toBe(10_000);
  const { log, numbers } = await logOf(limits);
  for (let n = 1; n <= 100; n++) await log.append(span(n));
  expect([numbers().length, log.dropped]).toEqual([100, 0]);
  await log.append(span(101));
  const kept = 100 * SPANS_KEPT;
  expect(numbers()).toEqual(Array.from({ length: kept + 1 }, (_, i) => 101 - kept + i));
  expect(log.dropped).toBe(100 - kept);
});

it("all that ever came is there or counted, for any size of what comes", async () => {
  const { log, numbers } = await logOf({ maxBytes: 80_000, maxAgeMs: 0 });
  let n = 0;
  for (let batch = 1; batch <= 60; batch++) {
    let text = "";
    for (let i = 0; i < (batch * 7) % 41; i++) text += span(++n);
    await log.append(text);
  }
  const left = numbers();
  expect(left.at(-1)).toBe(n);
  expect(left.length + log.dropped).toBe(n);
});

it("what alone is more than the share is dropped, and what was there stays", async () => {
  const { log, numbers } = await logOf({ maxBytes: 80_000, maxAgeMs: 0 });
  await log.append(span(1));
  await log.append(Array.from({ length: 101 }, (_, i) => span(2 + i)).join(""));
  expect([numbers(), log.dropped]).toEqual([[1], 101]);
});

it.each([true, false])(
  "older ones than permitted go, a quarter late; with a clock that nobody sets: %s",
  async (clock) => {
    const { log, numbers } = await logOf({ maxBytes: 1e9, maxAgeMs: 100_000 });
    for (let n = 0; n <= 125; n++) await log.append(span(n, clock));
    expect([numbers()[0], log.dropped]).toEqual([0, 0]);
    await log.append(span(126, clock));
    expect([numbers()[0], numbers().at(-1), log.dropped]).toEqual([26, 126, 26]);
  },
);

it("another writer goes on with what it finds", async () => {
  const limits = { maxBytes: 80_000, maxAgeMs: 0 };
  const { log, dir } = await logOf(limits);
  for (let n = 1; n <= 50; n++) await log.append(span(n));
  const { log: next, numbers } = await logOf(limits, dir);
  expect(next.used).toBe(true);
  for (let n = 51; n <= 100; n++) await next.append(span(n));
  expect([numbers().length, next.dropped]).toEqual([100, 0]);
});
