// Does the report say what holds a pipeline up, and why? Real pipelines whose bottleneck is known beforehand.
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headline } from "../../src/analysis/headline.js";
import { heatMaps } from "../../src/analysis/heat.js";
import { overload } from "../../src/analysis/overload.js";
import { readCapture } from "../../src/capture/reader.js";
import { asIfCalm, lateNs } from "../helpers/busy-machine.js";
import { cli, element, profiled, runToEnd, scratch, summaryOf } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** Of a run on a machine that has a CPU for it, if one of five is; of an overloaded one who waits for whom cannot be told. */
async function said(pipeline: string) {
  for (let tries = 1; ; tries++) {
    const { summary } = await profiled(pipeline, `${place.dir}/c${tries}`);
    if (overload(summary) === null || tries === 5) return { ...headline(asIfCalm(summary)), summary };
  }
}

/** One buffer of 20 kB every 100 ms, which becomes twenty at once. */
const bursts =
  "fakesrc num-buffers=25 sizetype=fixed sizemax=20000 ! identity sleep-time=100000 ! tee ! rndbuffersize min=1000 max=1000";
const unlimited = "max-size-bytes=0 max-size-time=0";

describe("an element behind a full queue", () => {
  it("that sleeps limits the throughput, and waits itself", async () => {
    const { element, sentence, detail } = await said(
      "fakesrc num-buffers=400 ! queue name=q max-size-buffers=5 ! identity name=quick sleep-time=100 ! identity name=slow sleep-time=5000 ! fakesink",
    );
    expect(element).toBe("pipeline0/slow");
    expect(sentence).toMatch(
      /^slow limits the throughput: it holds each buffer for \d+\.\d+ ms( \(half .*\))?, and q before it is full\.$/,
    );
    expect(detail).toMatch(
      /^q is full: what feeds it waits \d+ % of the time for what lies behind it\. slow (waits|is) /,
    );
    expect(detail).toContain("The CPU is not the bottleneck");
  });

  it("that computes limits the throughput, and works", async () => {
    const { element, sentence, detail } = await said(
      "fakesrc num-buffers=700 ! cpuburn name=light ns=300000 ! queue name=q max-size-buffers=5 ! cpuburn name=heavy ns=3000000 ! fakesink",
    );
    expect(element).toBe("pipeline0/heavy");
    expect(sentence).toMatch(
      /^heavy limits the throughput: it holds each buffer for \d+\.\d+ ms( \(half .*\))?, and q before it is full\.$/,
    );
    expect(detail).toMatch(
      /heavy (works: \d+ % of its time it|waits for a CPU|is on a CPU) .*\. heavy burns \d\d % of the CPU time/,
    );
  });

  it("is found behind as many full queues as there are", async () => {
    const { element, sentence } = await said(
      "fakesrc num-buffers=300 ! queue name=one max-size-buffers=3 ! identity name=a sleep-time=1000 ! queue name=two max-size-buffers=3 ! identity name=b sleep-time=5000 ! fakesink",
    );
    expect(element).toBe("pipeline0/b");
    expect(sentence).toContain("and two before it is full");
  });

  it("is found in the branch of a tee that it holds up, not in the others", async () => {
    const { element, sentence } = await said(
      "fakesrc num-buffers=300 ! tee name=t t. ! queue name=free ! identity name=quick sleep-time=500 ! fakesink async=false t. ! queue name=jam max-size-buffers=3 ! identity name=slow sleep-time=5000 ! fakesink async=false",
    );
    expect(element).toBe("pipeline0/slow");
    expect(sentence).toContain("and jam before it is full");
  });
});

it("behind a leaky queue it cannot keep up", async () => {
  const { element, sentence, detail } = await said(
    "fakesrc num-buffers=1500 ! identity sleep-time=300 ! queue name=q leaky=downstream max-size-buffers=3 ! identity name=slow sleep-time=2000 ! fakesink",
  );
  expect(element).toBe("pipeline0/slow");
  expect(sentence).toMatch(/^slow cannot keep up: .* and q before it throws away what does not fit\.$/);
  expect(detail).toMatch(/q dropped [\d,]+ of 1,500 buffers\./);
});

describe("a queue before an element that takes bursts", () => {
  it("is too small where both sides wait in turns", async () => {
    const { element, sentence, detail } = await said(
      `${bursts} ! queue name=q max-size-buffers=3 ${unlimited} ! identity name=c sleep-time=4000 ! fakesink`,
    );
    expect(element).toBe("pipeline0/q");
    expect(sentence).toMatch(
      /^q is too small: what feeds it waits \d+ % of the time for room, and what it feeds another \d+ % for buffers\.$/,
    );
    // One waits for room, and one may be on its way out.
    expect(detail).toMatch(/At most [45] buffers were in q or waited for room\./);
  });

  it("is large enough where a burst fits in: then nothing waits for room", async () => {
    const { element, sentence } = await said(
      `${bursts} ! queue name=q max-size-buffers=40 ${unlimited} ! identity name=c sleep-time=4000 ! fakesink`,
    );
    expect(element).not.toBe("pipeline0/q");
    expect(sentence).not.toMatch(/too small|is full/);
  });
});

describe("a sink that waits for the clock", () => {
  const camera = "videotestsrc num-buffers=75 ! video/x-raw,width=64,height=64,framerate=30/1";
  it("says that the pipeline keeps up", async () => {
    const { element, sentence } = await said(`${camera} ! fakesink name=s sync=true`);
    expect(element).toBe("pipeline0/s");
    expect(sentence).toMatch(/^The pipeline keeps up: s waits \d+ % of the time for the clock\.$/);
  });

  it("does so behind a full queue as well: nothing limits, all waits for the clock", async () => {
    const { sentence, detail } = await said(`${camera} ! queue name=q max-size-buffers=2 ! fakesink name=s sync=true`);
    expect(sentence).toMatch(/^The pipeline keeps up: s waits \d+ % of the time for the clock\.$/);
    expect(detail).not.toContain("is full");
  });

  it("and says besides who burns most where much is burned", async () => {
    const { sentence, detail, summary } = await said(
      `${camera} ! cpuburn name=hot ns=12000000 ! fakesink name=s sync=true`,
    );
    // Where others take the CPU there is no time left to wait for the clock.
    const waits = (element(summary, "s").blockedNs ?? 0) > 0.3 * summary.target.durationNs;
    if (waits) expect(sentence).toMatch(/^The pipeline keeps up: s waits \d+ % of the time for the clock\.$/);
    expect(waits ? detail : `${sentence} ${detail}`).toMatch(/hot burns \d+ % of the CPU time/);
  });
});

it("an element that becomes slow while it plays is seen to, in the heat map", async () => {
  const script = `
import gi
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
Gst.init(None)
pipeline = Gst.parse_launch("fakesrc name=src ! identity name=i sleep-time=1300 ! fakesink")
pipeline.set_state(Gst.State.PLAYING)
loop = GLib.MainLoop()
GLib.timeout_add(4000, lambda: pipeline.get_by_name("i").set_property("sleep-time", 40000))
GLib.timeout_add(8000, loop.quit)
loop.run()
pipeline.set_state(Gst.State.NULL)`;
  const command = [cli, "run", "--capture", `${place.dir}/c`, "--", "/usr/bin/python3", "-c", script];
  const { code, stderr } = await runToEnd(process.execPath, command);
  expect(code, stderr).toBe(0);
  const summary = await summaryOf(`${place.dir}/c`);
  const map = heatMaps(await readCapture(`${place.dir}/c`)).get("pipeline0/i");
  expect(map?.what).toBe("own");
  const { columns = 0, rows = 0, low = 0, counts = [] } = map ?? {};
  // A look a second, while the machine has time for it.
  const inTime = 1 - lateNs(summary) / summary.target.durationNs;
  expect(columns).toBeGreaterThanOrEqual(Math.max(4, Math.round(6 * inTime)));
  /** All but a tenth, and those that may have come late for a CPU by `leewayNs`. */
  const expectMost = (column: number, fromNs: number, toNs: number, leewayNs: number): void => {
    const inside = counts.slice(column * rows, (column + 1) * rows);
    const bound = (row: number): number => 2 ** (low + row - 27) * 1e9;
    const of = (n: number, row: number): number => (bound(row) > fromNs && bound(row) <= toNs ? n : 0);
    const all = inside.reduce((sum, n) => sum + n, 0);
    expect(inside.reduce((sum, n, row) => sum + of(n, row), 0)).toBeGreaterThan(0.9 * all - lateNs(summary) / leewayNs);
  };
  // Rows end at 1.95, 3.9 … 31, 62.5 ms.
  expectMost(1, 1e6, 4e6, 2.5e6);
  expectMost(columns - 2, 31e6, 130e6, 85e6);
});

it("one thread, nobody waits for anybody: the element that takes longest", async () => {
  const { element, sentence } = await said(
    "fakesrc num-buffers=300 ! identity name=a sleep-time=1000 ! identity name=b sleep-time=4000 ! fakesink",
  );
  expect(element).toBe("pipeline0/b");
  expect(sentence).toMatch(
    /^b holds each buffer for \d+\.\d+ ms( \(half .*\))?, longer in total than any other element\.$/,
  );
});
