// Is the end of the agent bounded by the end of its target, and is what happened before counted?
import { describe, expect, it } from "vitest";
import { boundEnd } from "../../../src/agent/ending.js";
import type { AttachedSegment } from "../../../src/agent/session/target-request.js";
import type { NativeAddon, ProcessEnd, SegmentReader } from "../../../src/native.js";
import { stateOf } from "../../helpers/cells.js";

const SAID_PID = 4711;

function end(answer: (end: ProcessEnd) => boolean, pid?: number) {
  const asked: ProcessEnd[] = [];
  const native = {
    endAfter: (of: ProcessEnd) => {
      asked.push(of);
      return answer(of);
    },
  } as Partial<NativeAddon> as NativeAddon;
  const reader = { state: () => stateOf({ pid: SAID_PID }) } as Partial<SegmentReader> as SegmentReader;
  const segment = { reader, startTicks: 77 } as AttachedSegment;
  const before = performance.now();
  const { late, ending } = boundEnd({ native, segment, pid });
  return { asked, late, ending, before, after: performance.now() };
}

describe("the end of an agent", () => {
  it("is within ten seconds of that of its target, as a failure that is said", () => {
    const { asked } = end(() => false, 12);
    expect(asked).toHaveLength(1);
    const [{ ms, ...of } = { ms: 0 }] = asked;
    expect(ms).toBeLessThan(10_000);
    expect(ms).toBeGreaterThan(9000); // the shutdown has nine
    expect(of).toMatchObject({ pid: 12, startTicks: 77, code: 1 });
    expect(asked[0]?.text).toMatch(/^gst-pyroscope: .+\n$/);
  });

  it("is that of the process as we see it, and only where that is not known as it calls itself", () => {
    expect(end(() => false, 12).asked[0]?.pid).toBe(12);
    expect(end(() => false).asked[0]?.pid).toBe(SAID_PID);
  });

  it("counts from our own beginning where the target was gone already: it lived when we were started", () => {
    const { asked, late, before, after } = end(() => true);
    expect(asked[0]?.spentMs).toBeGreaterThanOrEqual(before);
    expect(asked[0]?.spentMs).toBeLessThanOrEqual(after);
    expect(late).toBeGreaterThanOrEqual(asked[0]?.spentMs ?? Number.POSITIVE_INFINITY);
    expect(late).toBeLessThanOrEqual(after);
  });

  it("is not late while the target lives", () => {
    expect(end(() => false).late).toBe(0);
  });

  it("is left to timers where the system has no thread for it: nothing is thrown when a target is opened", () => {
    const refused = end(() => {
      throw Object.assign(new Error("no thread"), { code: "ERR_THREAD" });
    });
    expect(refused.late).toBe(0);
    expect(() => refused.ending(0)).not.toThrow();
    expect(refused.asked).toHaveLength(2);
  });
});

it("an agent that leaves a living target is bounded from there on, with what has passed since the target left", () => {
  const { asked, ending } = end(() => false, 12);
  ending(1234);
  expect(asked[1]).toEqual({ ...asked[0], pid: 0, startTicks: 0, spentMs: 1234 });
});
