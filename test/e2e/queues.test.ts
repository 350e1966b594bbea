// Who waits for whom? Queues, sources and threads of real pipelines, with times that are known beforehand.
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headline } from "../../src/analysis/headline.js";
import { asIfCalm, idleShare, lateNs } from "../helpers/busy-machine.js";
import { element, meanNs, profiled, scratch } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

const run = async (pipeline: string) => (await profiled(pipeline, `${place.dir}/c`, [])).summary;
const ms = 1e6;

describe("a queue of one buffer before an element that takes 5 ms", () => {
  it("holds its producer for 5 ms a buffer, keeps each buffer about as long, and burns nothing", async () => {
    const summary = await run(
      "fakesrc num-buffers=400 ! queue name=q max-size-buffers=1 ! identity name=slow sleep-time=5000 ! fakesink",
    );
    const queue = element(summary, "q");
    const slow = element(summary, "slow");
    expect(queue).toMatchObject({ buffersIn: 400, buffersOut: 400, drops: 0 });
    expect(queue.queueWait?.count).toBe(400);
    const each = (slow.exclusive?.sumNs ?? 0) / 400;
    expect(each).toBeGreaterThanOrEqual(5 * ms);
    expect(Math.abs((queue.exclusive?.sumNs ?? 0) - 400 * each)).toBeLessThan(0.05 * 400 * each + lateNs(summary));
    expect(queue.queueWait?.p50Ns).toBeGreaterThan(4 * ms);
    expect(queue.queueWait?.p50Ns).toBeLessThan(2.4 * each);
    expect(queue.cpuNs / (queue.wallNs ?? 1)).toBeLessThan(0.05);
    expect(idleShare(summary, "q")).toBeGreaterThan(0.95);
    expect(headline(asIfCalm(summary))).toMatchObject({ element: "pipeline0/slow" });
    expect(headline(asIfCalm(summary)).detail).toMatch(/q is full: what feeds it waits \d+ % of the time/);
  });

  it("the times of all elements of a thread are what passed on the clock", async () => {
    const summary = await run(
      "fakesrc name=src num-buffers=300 ! identity name=a sleep-time=2000 ! queue name=q ! identity name=b sleep-time=4000 ! fakesink name=s",
    );
    // Both threads run from the first buffer to the last one.
    const sum = (...names: string[]): number =>
      names.reduce((total, name) => {
        const e = element(summary, name);
        return total + (e.exclusive?.sumNs ?? 0) + (e.driver?.sumNs ?? 0);
      }, 0);
    const q = element(summary, "q");
    const first = sum("src", "a") + (q.exclusive?.sumNs ?? 0);
    const second = sum("b", "s") + (q.driver?.sumNs ?? 0);
    const a = element(summary, "a").exclusive?.sumNs ?? 0;
    const b = element(summary, "b").exclusive?.sumNs ?? 0;
    // The queue has room for 200: the source's thread ends when 100 are through, the other one 200 times b later.
    expect(second / b).toBeGreaterThan(1);
    expect(second).toBeLessThan(1.02 * b + lateNs(summary));
    expect(first).toBeGreaterThan(a);
    expect(element(summary, "src").driver?.count).toBe(299);
    expect(q.driver?.count).toBe(299);
    expect((q.exclusive?.sumNs ?? 0) + a).toBeGreaterThan(0.98 * first - lateNs(summary));
  });
});

describe("a leaky queue", () => {
  for (const leaky of ["downstream", "upstream"]) {
    it(`that drops ${leaky} says how many: in minus out`, async () => {
      const summary = await run(
        `fakesrc num-buffers=1500 ! identity sleep-time=300 ! queue name=q leaky=${leaky} max-size-buffers=3 ! identity name=slow sleep-time=2000 ! fakesink name=s`,
      );
      const queue = element(summary, "q");
      const sink = element(summary, "s");
      expect(queue.buffersIn).toBe(1500);
      expect(queue.buffersOut).toBe(sink.buffersIn);
      expect(queue.drops).toBe(1500 - sink.buffersIn);
      // One more comes through for every 2 ms that the source is late.
      expect(queue.drops).toBeGreaterThan(500 - lateNs(summary) / (2 * ms));
      expect(headline(asIfCalm(summary)).detail).toContain(
        `q dropped ${queue.drops.toLocaleString("en")} of 1,500 buffers`,
      );
      expect(queue.queueWait?.count).toBe(sink.buffersIn);
      // Three fit in, and one more may just have come out.
      expect(queue.queueLevel?.highest).toBeGreaterThanOrEqual(3);
      expect(queue.queueLevel?.highest).toBeLessThanOrEqual(4);
      // Three buffers of 2 ms fit in, and one more is on its way.
      expect(queue.queueWait?.p50Ns).toBeLessThan(7 * meanNs(element(summary, "slow").exclusive));
    });
  }
});

describe("multiqueue, queue2 and lists", () => {
  it("each branch of a multiqueue has its own times, added up for the element", async () => {
    const summary = await run(
      "fakesrc num-buffers=200 ! mq.sink_0 fakesrc num-buffers=300 ! mq.sink_1 multiqueue name=mq max-size-buffers=2 mq.src_0 ! identity sleep-time=3000 ! fakesink mq.src_1 ! fakesink",
    );
    expect(element(summary, "mq")).toMatchObject({ buffersIn: 500, buffersOut: 500, drops: 0 });
    expect(element(summary, "mq").queueWait?.count).toBe(500);
  });

  it("a queue2 that passes its buffers on is measured like a queue", async () => {
    const summary = await run(
      "fakesrc num-buffers=200 ! queue2 name=q max-size-buffers=1 ! identity sleep-time=3000 ! fakesink",
    );
    expect(element(summary, "q")).toMatchObject({ buffersIn: 200, buffersOut: 200, drops: 0 });
    expect(element(summary, "q").queueWait?.count).toBe(200);
  });

  it("two queues in a row: what one passes on the other one takes", async () => {
    const summary = await run(
      "fakesrc num-buffers=300 ! queue name=one ! queue name=two ! identity sleep-time=1000 ! fakesink",
    );
    for (const name of ["one", "two"]) {
      expect(element(summary, name)).toMatchObject({ buffersIn: 300, buffersOut: 300, drops: 0 });
      expect(element(summary, name).queueWait?.count).toBe(300);
    }
  });
});

describe("a sink that waits for the clock", () => {
  it("is blocked for nearly all of its time, and so says the report", async () => {
    const summary = await run(
      "videotestsrc num-buffers=60 ! video/x-raw,width=32,height=32,framerate=30/1 ! fakesink name=s sync=true",
    );
    const sink = element(summary, "s");
    expect(sink.wallNs).toBeGreaterThan(1.8e9);
    expect(idleShare(summary, "s")).toBeGreaterThan(0.9);
    expect(headline(asIfCalm(summary)).sentence).toMatch(/s waits \d+ % of the time for the clock/);
  });
});
