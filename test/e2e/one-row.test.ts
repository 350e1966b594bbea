// Does one thing have one row, whenever it got its name and its place?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { cli, pluginEnvironment, runToEnd, scratch, summaryOf } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** The first pipeline begins the session: the others are linked, named and put together while it lives. */
const script = (body: string): string => `
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
def run(*pipelines):
    for p in pipelines: p.set_state(Gst.State.PLAYING)
    for p in pipelines: p.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS)
    for p in pipelines: p.set_state(Gst.State.NULL)
first = Gst.parse_launch("fakesrc name=src num-buffers=5 ! fakesink name=sink")
run(first)
${body}`;

async function reportOf(body: string): Promise<{ summary: Summary; text: string }> {
  const dir = `${place.dir}/c`;
  const args = [cli, "run", "--capture", dir, "--sample-rate", "250", "--", "/usr/bin/python3", "-c", script(body)];
  expect((await runToEnd(process.execPath, args, pluginEnvironment())).code).toBe(0);
  const summary = await summaryOf(dir);
  const { stdout } = await runToEnd(process.execPath, [cli, "report", "--text", dir]);
  return { summary, text: stdout };
}

const rows = (summary: Summary): Record<string, string[]> =>
  Object.fromEntries(summary.pipelines.map((p) => [p.name, p.elements.map((e) => e.name).sort()]));

describe("one row", () => {
  it("has a pipeline that was renamed after parsing, with counts and samples under its new name", async () => {
    const { summary, text } = await reportOf(`
second = Gst.parse_launch("fakesrc name=src num-buffers=500 ! cpuburn name=burn ns=1000000 ! queue name=q ! fakesink name=sink")
second.set_name("renamed")
run(second)`);
    expect(rows(summary)).toEqual({ pipeline0: ["sink", "src"], renamed: ["burn", "q", "sink", "src"] });
    const burn = summary.pipelines[1]?.elements.find((e) => e.name === "burn");
    expect(burn?.buffersIn).toBe(500);
    const { "(none)": program = 0, ...ofElements } = summary.profile.cpu?.byElement ?? {};
    const burned = Object.values(ofElements).reduce((sum, ns) => sum + ns, 0);
    expect(burn?.cpuNs).toBeGreaterThan(0.9 * burned);
    expect(burned + program).toBe(summary.profile.cpu?.totalNs);
    const places = Object.keys(summary.profile.cpu?.byElement ?? {});
    expect(places.filter((path) => path.includes("pipeline1"))).toEqual([]);
    expect(text).not.toMatch(/Infinity|NaN|pipeline1/);
  });

  it("has each of two pipelines that were renamed to one name", async () => {
    const { summary } = await reportOf(`
twins = [Gst.parse_launch("fakesrc name=src num-buffers=%d ! fakesink name=sink" % n) for n in (20, 30)]
for twin in twins: twin.set_name("twin")
run(*twins)`);
    expect(Object.keys(rows(summary)).sort()).toEqual(["pipeline0", "twin", "twin#2"]);
    const sinks = summary.pipelines.slice(1).map((p) => p.elements.find((e) => e.name === "sink")?.buffersIn);
    expect(sinks.sort()).toEqual([20, 30]);
  });

  it("has an element that was linked before it was put into its pipeline", async () => {
    const { summary, text } = await reportOf(`
inner = Gst.parse_bin_from_description("identity name=x ! identity name=y", True)
inner.set_name("inner")
src, sink = Gst.ElementFactory.make("fakesrc", "src"), Gst.ElementFactory.make("fakesink", "sink")
src.set_property("num-buffers", 40)
def link():
    src.get_static_pad("src").link(inner.get_static_pad("sink"))
    inner.get_static_pad("src").link(sink.get_static_pad("sink"))
link()
built = Gst.Pipeline.new("built")
for one in (src, inner, sink): built.add(one)
link()  # adding took the links away
run(built)`);
    expect(rows(summary)).toEqual({ pipeline0: ["sink", "src"], built: ["sink", "src", "x", "y"] });
    for (const e of summary.pipelines[1]?.elements ?? [])
      expect([e.name, e.buffersIn + e.buffersOut > 0]).toEqual([e.name, true]);
    expect(text).not.toMatch(/^Pipeline $/m);
  });
});
