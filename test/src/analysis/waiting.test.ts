// Is the strongest reason the sentence, and does each reason say what its element does with its time?
import { describe, expect, it } from "vitest";
import { blank } from "../../../src/analysis/blank-element.js";
import type { Verdict } from "../../../src/analysis/verdict.js";
import { headlineFromStages, reasons } from "../../../src/analysis/waiting.js";
import type { ElementSummary } from "../../../src/model/element-summary.js";
import { ms, second, times } from "../../helpers/summary-tables.js";

const row = (name: string, change: Partial<ElementSummary> = {}) => ({
  ...blank(`p/${name}`, name, "x", "x"),
  ...change,
});
const slow = row("slow", { exclusive: times(100, 5 * ms) });
const queue = row("q", { buffersIn: 1200, drops: 34, queueLevel: { last: 0, highest: 1 } });
const verdicts = {
  limited: { kind: "limited", element: slow, queue, backpressure: 0.62 },
  dropping: { kind: "dropping", element: slow, queue },
  small: { kind: "undersized-queue", queue, backpressure: 0.3, starvation: 0.41 },
  clock: { kind: "clock", sink: row("sink"), waits: 0.95 },
} satisfies Record<string, Verdict>;
const { limited, dropping, small, clock } = verdicts;

describe("the sentence", () => {
  it("is that of the strongest verdict of all pipelines: limited, dropping, small, the clock", () => {
    const kinds = (...pipelines: Verdict[][]) => headlineFromStages(pipelines)?.verdict.kind;
    expect(kinds([clock, small], [dropping, limited])).toBe("limited");
    expect(kinds([clock, small], [dropping])).toBe("dropping");
    expect(kinds([clock], [small])).toBe("undersized-queue");
    expect(kinds([clock], [clock])).toBe("clock");
  });

  it("is the clock's only where every pipeline waits for it, and none where nobody waits", () => {
    expect(headlineFromStages([[clock], []])).toBeNull();
    expect([headlineFromStages([[]]), headlineFromStages([])]).toEqual([null, null]);
  });

  it.each([
    [limited, "p/slow", "slow limits the throughput: it holds each buffer for 5.00 ms, and q before it is full."],
    [
      dropping,
      "p/slow",
      "slow cannot keep up: it holds each buffer for 5.00 ms, and q before it throws away what does not fit.",
    ],
    [
      small,
      "p/q",
      "q is too small: what feeds it waits 30 % of the time for room, and what it feeds another 41 % for buffers.",
    ],
    [clock, "p/sink", "The pipeline keeps up: sink waits 95 % of the time for the clock."],
  ])("of $kind names its element and its figures", (verdict, element, sentence) => {
    expect(headlineFromStages([[verdict]])?.headline).toEqual({ element, sentence });
  });

  it("says so where nobody timed the buffers of an element", () => {
    const untimed = { ...limited, element: row("slow") };
    expect(headlineFromStages([[untimed]])?.headline.sentence).toContain("it holds each buffer for long,");
  });
});

describe("the reasons", () => {
  it("are each said once, three at most", () => {
    expect(
      reasons(
        [
          [limited, limited],
          [dropping, small, clock],
        ],
        limited,
      ),
    ).toEqual([
      "q is full: what feeds it waits 62 % of the time for what lies behind it. slow takes the longest there.",
      "q dropped 34 of 1,200 buffers.",
      "At most 1 buffer was in q or waited for room.",
    ]);
  });

  it("of a queue that is too small say the most that it held", () => {
    const of = (highest: number) =>
      reasons([[{ ...small, queue: { ...queue, queueLevel: { last: 0, highest } } }]], null);
    expect(of(200)).toEqual(["At most 200 buffers were in q or waited for room."]);
  });

  it("do not repeat a clock that was the sentence", () => {
    expect(reasons([[clock]], clock)).toEqual([]);
    expect(reasons([[clock]], null)).toEqual(["sink waits 95 % of the time for the clock."]);
  });

  it.each([
    [{ cpuNs: 9, wallNs: 3 }, "works: 9.00 s of CPU time in 3.00 s."],
    [{ cpuNs: 8, wallNs: 10 }, "works: 80 % of its time it is on a CPU."],
    [{ cpuNs: 1, wallNs: 10, readyNs: 1, blockedNs: 8 }, "waits itself: 80 % of its time it is blocked."],
    [{ cpuNs: 1, wallNs: 10, readyNs: 7, blockedNs: 2 }, "waits for a CPU 70 % of its time."],
    [
      { cpuNs: 4, wallNs: 10, readyNs: 3, blockedNs: 3 },
      "is on a CPU 40 %, blocked 30 % and ready to run, but on no CPU, 30 % of its time.",
    ],
    [{ cpuNs: 1, wallNs: 10, readyNs: null, blockedNs: null }, "takes the longest there."],
    [{ cpuNs: 0, wallNs: 0 }, "takes the longest there."],
  ])("of an element that is seen for %j s say that it %s", (seconds, said) => {
    const spent = Object.fromEntries(Object.entries(seconds).map(([key, s]) => [key, s && s * second]));
    const [reason] = reasons([[{ ...limited, element: { ...slow, ...spent } }]], null);
    expect(reason).toMatch(/ slow [^.]*/);
    expect(reason?.split(" behind it. slow ")[1]).toBe(said);
  });
});
