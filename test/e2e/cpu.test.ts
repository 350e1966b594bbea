// Does CPU time fall on the element that burned it, and does it add up to what the kernel says?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpuShare } from "../helpers/busy-machine.js";
import { cli, element, profiled, runToEnd, scratch } from "../helpers/pipelines.js";

describe("CPU samples", () => {
  let place: ReturnType<typeof scratch>;
  beforeEach(() => {
    place = scratch();
  });
  afterEach(() => place.dispose());

  it("splits two burners of 1:2 in that ratio, and leaves next to nothing unlabelled", async () => {
    // 21 s of CPU at the kernel's tick of 250 Hz: more than 3000 samples.
    const pipeline = "fakesrc num-buffers=7000 ! cpuburn name=one ns=1000000 ! cpuburn name=two ns=2000000 ! fakesink";
    const { summary } = await profiled(pipeline, `${place.dir}/c`, ["--sample-rate", "250"]);
    const cpu = summary.profile.cpu;
    if (cpu === null) throw new Error("no CPU profile");
    const one = cpu.byElement["pipeline0/one"] ?? 0;
    const two = cpu.byElement["pipeline0/two"] ?? 0;
    // On a busy machine one sample stands for several ticks: there are fewer, and what they say is less sharp.
    expect(cpu.samples).toBeGreaterThan(3000 * cpuShare(summary));
    const sharp = cpu.samples > 3000 ? 0.15 : 8 * Math.sqrt(4.5 / cpu.samples);
    expect(Math.abs(two / one - 2)).toBeLessThanOrEqual(sharp);
    expect((cpu.byElement["(none)"] ?? 0) / cpu.totalNs).toBeLessThanOrEqual(0.01);
    // What burned is what was booked: 1 ms and 2 ms a buffer.
    expect(one / 7e9).toBeGreaterThan(0.9);
    expect(one / 7e9).toBeLessThan(1.1);
    expect(element(summary, "two").cpuNs).toBe(two);
  });

  it("adds up: by element, by thread, and to the CPU time of the process", async () => {
    const pipeline =
      "videotestsrc num-buffers=200 ! video/x-raw,width=640,height=360 ! videoconvert ! x264enc speed-preset=veryfast ! fakesink";
    const { summary } = await profiled(pipeline, `${place.dir}/c`, ["--sample-rate", "250"]);
    const cpu = summary.profile.cpu;
    if (cpu === null) throw new Error("no CPU profile");
    const sum = (record: Record<string, number>) => Object.values(record).reduce((a, b) => a + b, 0);
    expect(sum(cpu.byElement)).toBeCloseTo(cpu.totalNs, -2);
    expect(sum(cpu.byThread)).toBeCloseTo(cpu.totalNs, -2);
    // The profiler's own threads build their tables beside it.
    const programNs = summary.target.processCpuNs - summary.target.cpu.tracerNs;
    expect(cpu.totalNs / programNs).toBeGreaterThan(0.95);
    expect(cpu.totalNs / programNs).toBeLessThan(1.03);
    expect(cpu.reachedRoot / cpu.samples).toBeGreaterThanOrEqual(0.995);
  });

  it("has a row for each thread, also for those of one name and of one pipeline", async () => {
    const names = ["a-very-long-name-1", "a-very-long-name-2", "queue0", "queue1"]; // a thread's name has 15 bytes
    const branch = (name: string, i: number) => `t. ! queue name=${name} ! cpuburn name=burn${i} ns=2000000 ! fakesink`;
    const pipeline = `fakesrc num-buffers=300 ! tee name=t ${names.map(branch).join(" ")}`;
    const dir = `${place.dir}/c`;
    const { summary } = await profiled(pipeline, dir);
    const byThread = summary.profile.cpu?.byThread ?? {};
    const threads = names.map((_, i) => {
      const { cpuNs, threads } = element(summary, `burn${i}`);
      const [most = ""] = threads.toSorted((a, b) => (byThread[b] ?? 0) - (byThread[a] ?? 0));
      expect((byThread[most] ?? 0) / cpuNs).toBeGreaterThan(0.5); // at first it has the name of who began it
      expect((byThread[most] ?? 0) / cpuNs).toBeLessThan(1.5);
      return most;
    });
    expect(threads.slice(0, 2).sort()).toEqual(["a-very-long-nam", "a-very-long-nam#2"]);
    expect(threads.slice(2)).toEqual(["queue0:src", "queue1:src"]);
    const { stdout } = await runToEnd(process.execPath, [cli, "report", dir]);
    for (const thread of threads) expect(stdout).toMatch(new RegExp(`^${thread} +[\\d.]+ +`, "m"));
  });

  it("in 30 s at 100 Hz the elements have what the kernel says of the process, within 5 %", async () => {
    const pipeline =
      "videotestsrc num-buffers=900 is-live=true pattern=ball ! video/x-raw,width=640,height=480,framerate=30/1 ! videoconvert ! jpegenc ! queue ! jpegdec ! videoscale ! video/x-raw,width=320,height=240 ! fakesink";
    const { summary } = await profiled(pipeline, `${place.dir}/c`);
    const cpu = summary.profile.cpu;
    if (cpu === null) throw new Error("no CPU profile");
    const { durationNs, cpu: account } = summary.target;
    // The profiler's own threads build their tables beside it.
    const processCpuNs = summary.target.processCpuNs - account.tracerNs;
    const elements = Object.entries(cpu.byElement).reduce((sum, [path, ns]) => sum + (path === "(none)" ? 0 : ns), 0);
    console.log(
      `elements ${(elements / 1e9).toFixed(2)} s, process ${(processCpuNs / 1e9).toFixed(2)} s of ${(durationNs / 1e9).toFixed(1)} s`,
    );
    expect(durationNs).toBeGreaterThan(29e9);
    expect(cpu.samples).toBeGreaterThan(300 * cpuShare(summary));
    expect(elements / processCpuNs).toBeGreaterThan(0.95);
    expect(elements / processCpuNs).toBeLessThan(1.05);
  });
});
