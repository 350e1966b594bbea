// Do batches gather into few commits, and is what does not fit refused and counted exactly?
// SPDX-License-Identifier: MPL-2.0
import { expect, test, vi } from "vitest";
import { StoreBusy, StoreFull } from "../../src/store/errors.js";
import type { AcceptedBatch, AppendedBatch } from "../../src/store/port.js";
import { CommitQueue, defaultLimits } from "../../src/store/queue.js";
import { run } from "./build.js";

const empty: AppendedBatch = { events: [], sessions: [], sampleRateDrifts: 0 };

/** Commits when told to. */
const held = () => {
  const groups: AcceptedBatch[][] = [];
  const release: (() => void)[] = [];
  const commit = (group: AcceptedBatch[]): Promise<AppendedBatch[]> => {
    groups.push(group);
    return new Promise((resolve) => release.push(() => resolve(group.map(() => empty))));
  };
  return { groups, release, commit };
};

test("what comes within 5 ms is one commit", async () => {
  const { groups, release, commit } = held();
  const queue = new CommitQueue(commit, defaultLimits);
  const answers = Array.from({ length: 20 }, (_, i) => queue.push(run(`s${i}`, 10)));
  await vi.waitFor(() => expect(groups.length).toBe(1));
  release[0]?.();
  await Promise.all(answers);
  expect(groups.map((group) => group.length)).toEqual([20]);
});

test("1000 events are committed at once, and what comes meanwhile in the next commits", async () => {
  const { groups, release, commit } = held();
  const queue = new CommitQueue(commit, defaultLimits);
  const answers = Array.from({ length: 25 }, (_, i) => queue.push(run(`s${i}`, 100)));
  expect(groups.map((group) => group.length)).toEqual([10]);
  expect(queue.figures).toEqual({ events: 2500, bytes: 750_000, maxEvents: 20_000, maxBytes: 33_554_432 });
  for (const count of [1, 2, 3]) {
    await vi.waitFor(() => expect(groups.length).toBe(count));
    release[count - 1]?.();
  }
  await Promise.all(answers);
  expect(groups.map((group) => group.length)).toEqual([10, 10, 5]);
  expect(groups.flat().map((one) => one.events[0]?.sessionId)).toEqual(Array.from({ length: 25 }, (_, i) => `s${i}`));
  expect(queue.figures).toMatchObject({ events: 0, bytes: 0 });
});

test("a full queue refuses by events and by bytes, keeps what it took, and takes again", async () => {
  const { groups, release, commit } = held();
  const queue = new CommitQueue(commit, { maxEvents: 250, maxBytes: 1000 });
  const small = { bytes: 1 };
  const first = [queue.push(run("a", 100, small)), queue.push(run("b", 100, small))];
  await expect(queue.push(run("c", 51, small))).rejects.toBeInstanceOf(StoreBusy);
  await expect(queue.push(run("c", 1, { bytes: 999 }))).rejects.toBeInstanceOf(StoreBusy);
  const last = queue.push(run("d", 50, { bytes: 998 }));
  expect(queue.figures).toMatchObject({ events: 250, bytes: 1000 });
  await vi.waitFor(() => expect(groups.length).toBe(1));
  release[0]?.();
  await Promise.all([...first, last]);
  const again = queue.push(run("e", 250, small));
  const drained = queue.drain();
  release[1]?.();
  await Promise.all([again, drained]);
  expect(groups.flat().map((one) => one.events[0]?.sessionId)).toEqual(["a", "b", "d", "e"]);
});

test("a commit that fails rejects its batches only; one that fails in it rejects alone", async () => {
  const outcomes: (() => Promise<(AppendedBatch | Error)[]>)[] = [
    async () => {
      throw new StoreFull("full");
    },
    async () => [empty, new Error("this one"), empty],
  ];
  const queue = new CommitQueue(() => outcomes.shift()?.() ?? Promise.resolve([]), defaultLimits);
  const settled = async (...ids: string[]) =>
    (await Promise.allSettled(ids.map((id) => queue.push(run(id, 1))))).map((one) =>
      one.status === "fulfilled" ? "stored" : (one.reason as Error).message,
    );
  expect(await settled("a", "b")).toEqual(["full", "full"]);
  expect(await settled("c", "d", "e")).toEqual(["stored", "this one", "stored"]);
  expect(await settled("f")).toEqual(["The store gave no answer."]);
  expect(queue.figures).toMatchObject({ events: 0, bytes: 0 });
});
