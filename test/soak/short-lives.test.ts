// Of many programs that end in every way at every moment, is anything of ours left ten seconds later?
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readlinkSync } from "node:fs";
import { expect, it } from "vitest";
import { scratch } from "../helpers/pipelines.js";
import { lastTraceOf, type ShortProgram, ShortProgramServers, shortPrograms } from "../helpers/short-programs.js";

const count = Number(process.env.SOAK_PROGRAMS ?? 500);
const seed = Number(process.env.SOAK_SEED ?? 1);
const atOnce = Number(process.env.SOAK_AT_ONCE ?? 4);
const HOURS = 4 * 3600_000;

it(`of ${count} short programs nothing is left`, { timeout: HOURS }, async () => {
  const place = scratch();
  const servers = await ShortProgramServers.start();
  const before = ownSegments();
  const waiting = shortPrograms(count, seed).map((program, n) => ({ program, folder: `${place.dir}/${n}` }));
  const seconds: number[] = [];
  const failed: string[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        seconds.push(await lastTraceOf(next.program, next.folder, servers));
      } catch (error) {
        failed.push(`${describe(next.program)}: ${(error as Error).message}`);
      }
      if ((seconds.length + failed.length) % 50 === 0) console.log(said(seconds, failed));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  console.log(`seed ${seed}, ${atOnce} at once: ${said(seconds, failed)}`);
  await servers.stop();
  place.dispose();
  expect(failed).toEqual([]);
  expect(seconds).toHaveLength(count);
  expect(ownSegments()).toEqual(before);
});

const describe = ({ end, servers, port, capture, spans, seconds }: ShortProgram): string =>
  `${end} after ${seconds.toFixed(2)} s, servers ${servers}, port ${port}, capture ${capture}, spans ${spans}`;

function said(seconds: readonly number[], failed: readonly string[]): string {
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  return `${sorted.length} programs left nothing, ${failed.length} did; last trace after ${at(0.5)} s (half), ${at(0.99)} s (99 %), ${at(1)} s (all)`;
}

/** That this process itself holds: the servers run in it. */
function ownSegments(): string[] {
  const links = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the folder's own
    }
  });
  return links.filter((link) => link.includes("memfd:gst-pyroscope"));
}
