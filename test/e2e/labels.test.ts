// Does every sample know its element without any work per buffer, and do both sources of labels agree?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProfileSummary, Summary } from "../../src/model/summary.js";
import { cpuShare } from "../helpers/busy-machine.js";
import { cli, element, pluginEnvironment, profiled, runToEnd, scratch, summaryOf } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

function cpuOf(summary: Summary): ProfileSummary {
  if (summary.profile.cpu === null) throw new Error("no CPU profile");
  return summary.profile.cpu;
}

const rate = ["--sample-rate", "250"];
const burners = "fakesrc num-buffers=1200 ! cpuburn name=one ns=1000000 ! cpuburn name=two ns=2000000 ! fakesink";

describe("with timing=off", () => {
  it("two burners of 1:2 are split in that ratio, nothing is wrapped and next to nothing unlabelled", async () => {
    const { summary } = await profiled(burners, `${place.dir}/c`, [...rate, "--timing", "off"]);
    const cpu = cpuOf(summary);
    const share = (path: string): number => (cpu.byElement[path] ?? 0) / cpu.totalNs;
    expect(cpu.samples).toBeGreaterThan(500 * cpuShare(summary));
    // Four standard deviations of a ratio from that many samples.
    const error = 4 * 2 * Math.sqrt(4.5 / cpu.samples);
    expect(share("pipeline0/two") / share("pipeline0/one")).toBeGreaterThan(2 - error);
    expect(share("pipeline0/two") / share("pipeline0/one")).toBeLessThan(2 + error);
    expect(share("(none)")).toBeLessThanOrEqual(0.01);
    expect(element(summary, "two")).toMatchObject({ buffersIn: 0, exclusive: null, inclusive: null });
    expect(summary.losses).toMatchObject({ slots_unlearned: 0 });
    expect(summary.counters).toMatchObject({ label_agreed: 0, label_unknown_pad: 0 });
  });

  it("the total of a bin is all that lies inside of it, that of a source all that its thread does", async () => {
    const pipeline =
      "fakesrc name=src num-buffers=600 ! ( name=outer cpuburn name=a ns=1000000 ! ( name=inner cpuburn name=b ns=1000000 ) ) ! cpuburn name=c ns=1000000 ! fakesink";
    const { summary } = await profiled(pipeline, `${place.dir}/c`, [...rate, "--timing", "off"]);
    const cpu = cpuOf(summary);
    const total = (path: string): number => (cpu.inclusive?.[path] ?? 0) / cpu.totalNs;
    const [a, b, c] = ["outer/a", "outer/inner/b", "c"].map(
      (path) => (cpu.byElement[`pipeline0/${path}`] ?? 0) / cpu.totalNs,
    );
    expect(Number(a) + Number(b) + Number(c)).toBeGreaterThan(0.97);
    // Each calls the next, so the first one has it all; the sink and events have a sample or two.
    const caused = [
      ["c", c],
      ["outer/inner/b", Number(b) + Number(c)],
      ["outer/inner", Number(b) + Number(c)],
      ["outer/a", Number(a) + Number(b) + Number(c)],
      ["outer", Number(a) + Number(b) + Number(c)],
    ] as const;
    for (const [path, own] of caused) {
      expect([path, total(`pipeline0/${path}`) - Number(own) > -0.001]).toEqual([path, true]);
      expect([path, total(`pipeline0/${path}`) - Number(own) < 0.03]).toEqual([path, true]);
    }
    expect(total("pipeline0/src")).toBeGreaterThan(0.98);
    expect(total("pipeline0")).toBeGreaterThan(0.98);
    expect(element(summary, "inner")).toMatchObject({ bin: true, cpuNs: 0 });
  });

  it("three pipelines of one process and of equal element names are told apart", async () => {
    const script = `
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipelines = [Gst.parse_launch("fakesrc num-buffers=%d ! cpuburn name=burn ns=1000000 ! fakesink" % n) for n in (600, 1200, 1800)]
for p in pipelines: p.set_state(Gst.State.PLAYING)
for p in pipelines: p.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS)
for p in pipelines: p.set_state(Gst.State.NULL)`;
    const command = [
      cli,
      "run",
      "--capture",
      `${place.dir}/c`,
      ...rate,
      "--timing",
      "off",
      "--",
      "/usr/bin/python3",
      "-c",
      script,
    ];
    expect((await runToEnd(process.execPath, command, pluginEnvironment())).code).toBe(0);
    const cpu = cpuOf(await summaryOf(`${place.dir}/c`));
    const [one, two, three] = [0, 1, 2].map((n) => cpu.byElement[`pipeline${n}/burn`] ?? 0);
    expect(Number(two) / Number(one)).toBeGreaterThan(1.5);
    expect(Number(two) / Number(one)).toBeLessThan(2.6);
    expect(Number(three) / Number(two)).toBeGreaterThan(1.2);
    expect(Number(three) / Number(two)).toBeLessThan(1.9);
    expect(cpu.inclusive?.pipeline2 ?? 0).toBeGreaterThanOrEqual(Number(three));
  });
});

describe("with timing=wrap", () => {
  it("the stack and the thread's word name the same element", async () => {
    const pipeline =
      "audiotestsrc num-buffers=6000 samplesperbuffer=160 ! audio/x-raw,rate=16000 ! audioconvert ! cpuburn ns=200000 ! tee name=t ! queue ! cpuburn ns=200000 ! fakesink t. ! queue ! audioresample ! audio/x-raw,rate=8000 ! fakesink";
    const { summary } = await profiled(pipeline, `${place.dir}/c`, rate);
    const { label_agreed: agreed = 0, label_differed: differed = 0, label_word_only: wordOnly = 0 } = summary.counters;
    expect(agreed).toBeGreaterThan(200 * cpuShare(summary));
    expect((differed + wordOnly) / agreed).toBeLessThanOrEqual(0.005);
    expect(cpuOf(summary).inclusive).not.toBeNull();
  });

  it("beside another tracer the word alone is believed, and that is said in the counters", async () => {
    const { summary } = await profiled(
      burners.replace("1200", "200"),
      `${place.dir}/c`,
      rate,
      pluginEnvironment({ GST_TRACERS: "stats" }),
    );
    expect(summary.losses.slots_unlearned).toBe(1);
    expect(cpuOf(summary).inclusive).toBeNull();
    expect((cpuOf(summary).byElement["pipeline0/two"] ?? 0) / cpuOf(summary).totalNs).toBeGreaterThan(0.4);
  });
});
