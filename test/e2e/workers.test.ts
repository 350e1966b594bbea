// Do the threads of real codecs carry the element that they work for? Where two could be meant, is that said?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import type { StackSample } from "../../src/model/recorded-profiles.js";
import { cpuShare } from "../helpers/busy-machine.js";
import { profiled, scratch } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

const codecs = ["libx264.so", "libavcodec.so"];

/** CPU and wall samples of threads whose own code is a codec's: by what they were booked on. */
async function codecTime(dir: string): Promise<Map<string, number>> {
  const { cpu, wall } = await readCapture(dir);
  const sums = new Map<string, number>();
  for (const stacks of [cpu?.stacks, wall?.stacks]) {
    const isCodec = (id: number): boolean => codecs.some((name) => stacks?.frames[id]?.module.startsWith(name));
    const isPad = (id: number): boolean => /^libgst(reamer|base)/.test(stacks?.frames[id]?.module ?? "");
    for (const { stack, path, ns } of stacks?.samples ?? ([] as StackSample[])) {
      if (!stack.some(isCodec) || stack.some(isPad)) continue;
      sums.set(path, (sums.get(path) ?? 0) + ns);
    }
  }
  return sums;
}

const sum = (sums: Map<string, number>): number => [...sums.values()].reduce((a, b) => a + b, 0);

describe("threads of codecs", () => {
  it("carry the label of their encoder and decoder, for 99 of 100 of their samples", async () => {
    const dir = `${place.dir}/c`;
    const { summary } = await profiled(
      "videotestsrc num-buffers=200 pattern=snow ! video/x-raw,width=480,height=360 ! x264enc name=enc threads=3 speed-preset=veryfast ! h264parse ! avdec_h264 name=dec max-threads=3 ! fakesink",
      dir,
    );
    const times = await codecTime(dir);
    const known = (times.get("(worker:pipeline0/enc)") ?? 0) + (times.get("(worker:pipeline0/dec)") ?? 0);
    expect(times.get("(worker:pipeline0/enc)")).toBeGreaterThan(0.5e9);
    expect(times.get("(worker:pipeline0/dec)")).toBeGreaterThan(0.1e9);
    expect(known / sum(times)).toBeGreaterThan(0.99);
    expect(summary.counters.worker_attributed).toBeGreaterThan(50 * cpuShare(summary));
    const { cpu } = summary.profile;
    const burned = cpu?.byElement["(worker:pipeline0/enc)"] ?? 0;
    const enc = summary.pipelines[0]?.elements.find(({ name }) => name === "enc");
    expect(enc?.cpuNs).toBe(burned + (cpu?.byElement["pipeline0/enc"] ?? 0));
  });

  it("of two encoders behind queues go to each, by the name that their streaming thread gave them", async () => {
    const dir = `${place.dir}/c`;
    await profiled(
      "videotestsrc num-buffers=150 pattern=snow ! video/x-raw,width=320,height=240 ! tee name=t t. ! queue name=qa ! x264enc name=one threads=2 speed-preset=veryfast ! fakesink async=false t. ! queue name=qb ! x264enc name=two threads=2 speed-preset=slow ! fakesink async=false",
      dir,
    );
    const times = await codecTime(dir);
    const one = times.get("(worker:pipeline0/one)") ?? 0;
    const two = times.get("(worker:pipeline0/two)") ?? 0;
    expect((one + two) / sum(times)).toBeGreaterThan(0.99);
    const { cpu } = (await readCapture(dir)) ?? {};
    const burned = (path: string): number =>
      (cpu?.stacks.samples ?? []).filter((one) => one.path === path).reduce((ns, one) => ns + one.ns, 0);
    // The slow preset costs several times as much.
    expect(burned("(worker:pipeline0/two)")).toBeGreaterThan(1.5 * burned("(worker:pipeline0/one)"));
  });

  it("of two encoders in one thread are booked on their factory, and the report says so", async () => {
    const dir = `${place.dir}/c`;
    const { summary } = await profiled(
      "videotestsrc num-buffers=120 pattern=snow ! video/x-raw,width=320,height=240 ! tee name=t t. ! x264enc name=one threads=2 tune=zerolatency ! fakesink async=false t. ! x264enc name=two threads=2 tune=zerolatency ! fakesink async=false",
      dir,
    );
    const times = await codecTime(dir);
    expect((times.get("(factory:x264enc)") ?? 0) / sum(times)).toBeGreaterThan(0.99);
    expect(summary.counters.worker_by_factory).toBeGreaterThan(20 * cpuShare(summary));
    expect(summary.profile.cpu?.byElement["(factory:x264enc)"]).toBeGreaterThan(0);
  });
});
