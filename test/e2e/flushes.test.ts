// What became of buffers that went into a queue and never came out: dropped, flushed, or still inside?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cli, element, runToEnd, scratch, summaryOf } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** Plays until so many buffers are through, seeks with a flush, again and again, then `ends`. */
const program = (queue: string, seeks: number, ends: string): string => `
import threading, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch("audiotestsrc samplesperbuffer=441 name=src ! ${queue} ! identity name=slow sleep-time=2000 ! fakesink name=s")
pipeline.set_name("pipeline0")
passed = threading.Semaphore(0)
def count(pad, info):
    passed.release()
    return Gst.PadProbeReturn.OK
pipeline.get_by_name("s").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, count)
pipeline.set_state(Gst.State.PLAYING)
def wait():
    for _ in range(40): passed.acquire()
wait()
for n in range(${seeks}):
    assert pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH, n * Gst.SECOND)
    wait()
${ends}
pipeline.set_state(Gst.State.NULL)`;

const byEos = `pipeline.send_event(Gst.Event.new_eos())
assert pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, Gst.MessageType.EOS)`;

async function queueOf(queue: string, seeks: number, ends = byEos) {
  const script = program(queue, seeks, ends);
  const command = [cli, "run", "--capture", `${place.dir}/c`, "--", "/usr/bin/python3", "-c", script];
  const { code, stderr } = await runToEnd(process.execPath, command);
  expect(code, stderr).toBe(0);
  const summary = await summaryOf(`${place.dir}/c`);
  const q = element(summary, "q");
  expect(q.buffersOut).toBe(element(summary, "slow").buffersIn);
  return { q, missing: q.buffersIn - q.buffersOut };
}

const SIZE = 20;
const size = `max-size-buffers=${SIZE} max-size-bytes=0 max-size-time=0`;

describe.each([
  ["queue", `queue name=q ${size}`],
  ["queue2", `queue2 name=q ${size}`],
  ["multiqueue", `multiqueue name=q ${size}`],
])("a %s that is flushed", (_, queue) => {
  it("has thrown away what did not come out, and dropped nothing", async () => {
    const { q, missing } = await queueOf(queue, 5);
    console.log(`5 flushes: ${q.buffersIn} in, ${q.buffersOut} out, ${q.flushed} flushed, ${q.drops} dropped`);
    expect(q.flushed).toBe(missing);
    expect(q.drops).toBe(0);
    // It was full each time, or nearly so, and one waited for room or was on its way out.
    expect(q.flushed).toBeGreaterThan(5 * SIZE * 0.7);
    expect(q.flushed).toBeLessThanOrEqual(5 * (SIZE + 2));
  });
});

it("a leaky queue that is flushed has both, and they are all that is missing", async () => {
  const { q, missing } = await queueOf(`queue name=q leaky=downstream ${size}`, 4);
  expect(q.leaky).toBe(true);
  expect(q.drops + q.flushed).toBe(missing);
  expect(q.flushed).toBeGreaterThan(4 * SIZE * 0.7);
  expect(q.flushed).toBeLessThanOrEqual(4 * (SIZE + 2));
  expect(q.drops).toBeGreaterThan(100); // the source is far too quick
});

it("a queue that is never flushed has none", async () => {
  const { q, missing } = await queueOf(`queue name=q ${size}`, 0);
  expect([missing, q.flushed, q.drops]).toEqual([0, 0, 0]);
});

it("what lies in a queue when its pipeline is stopped is its level, and no drop unless the queue drops it then", async () => {
  const { q, missing } = await queueOf(`queue name=q ${size}`, 1, "");
  expect(q.flushed).toBeGreaterThan(SIZE * 0.7);
  expect((q.queueLevel?.last ?? 0) + q.drops).toBe(missing - q.flushed);
  expect(missing - q.flushed).toBeGreaterThan(SIZE * 0.7);
  // A sink that is stopped says EOS to one more buffer now and then: then the queue itself empties itself.
  if (q.flow.eos === undefined) expect(q.drops).toBe(0);
});
