// Is a window over by the nearest beat, and is each handed on after the one before, however long it takes and whatever fails?
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WindowBeat } from "../../../../src/agent/session/window-beat.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const after = (ms: number): void => void vi.advanceTimersByTime(ms);
const second = (): number => 1000;

it("the beat that is nearest to its end ends a window, and a late one does not make the next one short", () => {
  const beat = new WindowBeat(1000);
  const beats = (ms: number): boolean => {
    after(ms);
    return beat.isDue(second);
  };
  expect([beats(500), beats(250), beats(500), beats(700)]).toEqual([false, true, false, true]);
  // Three seconds late: the next one is at least half as long as it should be.
  expect([beats(4000), beats(150), beats(100)]).toEqual([true, false, true]);
});

it("windows become longer where a look takes longer", () => {
  const beat = new WindowBeat(1000);
  after(1000);
  expect(beat.isDue(() => 3000)).toBe(true);
  after(2000);
  expect(beat.isDue(second)).toBe(false);
  after(800);
  expect(beat.isDue(second)).toBe(true);
});

it("the end is said once, and no window ends by a beat behind it", () => {
  const beat = new WindowBeat(1000);
  after(5000);
  expect([beat.end(), beat.end(), beat.isDue(second)]).toEqual([true, false, false]);
});

it("what comes is handed on in its order; what fails is told, and the next one is taken", async () => {
  const beat = new WindowBeat(1000);
  const [got, failed]: [string[], string[]] = [[], []];
  const taking = {
    take: (one: string) => {
      if (one === "bad") throw new Error("not taken");
      got.push(one);
    },
    failed: ({ message }: Error) => void failed.push(message),
  };
  let give = (_: string): void => {};
  beat.add(new Promise<string>((resolve) => (give = resolve)), taking);
  beat.add(Promise.reject(new Error("no samples")), taking);
  beat.add(Promise.resolve("bad"), taking);
  beat.add(Promise.resolve("last"), taking);
  give("first");
  await beat.made();
  expect([got, failed]).toEqual([
    ["first", "last"],
    ["no samples", "not taken"],
  ]);
});

it("while three wait, no other one ends", async () => {
  const beat = new WindowBeat(1000);
  const gives: ((n: number) => void)[] = [];
  const taking = { take: () => {}, failed: () => {} };
  for (let i = 0; i < 3; i++) {
    after(1000);
    expect(beat.isDue(second)).toBe(true);
    beat.add(new Promise<number>((resolve) => gives.push(resolve)), taking);
  }
  after(1000);
  expect(beat.isDue(second)).toBe(false);
  for (const give of gives) give(1);
  await beat.made();
  expect(beat.isDue(second)).toBe(true);
});
