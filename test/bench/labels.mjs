// Do labels from the stack say with timing=off what they say with timing=wrap, and does the thread's word agree? Real pipelines.
// SPDX-License-Identifier: MPL-2.0
//   npm run bench -- --only labels [--minutes 1]      CPU minutes under timing=wrap, spread over all pipelines
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCapture } from "../../dist/capture/reader.js";
import { pipelineOf } from "./sampling.mjs";

const RATE = 250;
const bins =
  "videotestsrc num-buffers=400 ! video/x-raw,width=640,height=360 ! ( name=outer videoconvert ! ( name=inner videoscale ! video/x-raw,width=960,height=540,format=I420 ! jpegenc ) ) ! decodebin ! fakesink";
const audioBins =
  "audiotestsrc num-buffers=20000 samplesperbuffer=160 ! audio/x-raw,rate=44100 ! ( name=outer audioconvert ! ( name=inner audioresample ! capsfilter caps=audio/x-raw,rate=48000 ) ! queue ) ! opusenc ! fakesink";
const three = ["jpegenc ! jpegdec", "videoscale ! video/x-raw,width=1280,height=720", "videoconvert ! video/x-raw,format=RGB"]
  .map((work) => `videotestsrc num-buffers=400 ! video/x-raw,format=I420,width=640,height=360 ! ${work} ! queue ! fakesink`)
  .map((text) => text.replaceAll('"', ""));
const threeInOne = `
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipelines = [Gst.parse_launch(text) for text in ${JSON.stringify(three)}]
for p in pipelines: p.set_state(Gst.State.PLAYING)
for p in pipelines: p.get_bus().timed_pop_filtered(600 * Gst.SECOND, Gst.MessageType.EOS)
for p in pipelines: p.set_state(Gst.State.NULL)`;

function commands(root) {
  const launch = (words) => ["gst-launch-1.0", "-q", ...words];
  const files = ["convert", "x264", "audio", "jpeg", "vpx", "libav"].map((name) => [name, launch(pipelineOf(root, name))]);
  return Object.fromEntries([
    ...files,
    ["bins in bins, video", launch(bins.split(" "))],
    ["bins in bins, audio", launch(audioBins.split(" "))],
    ["three pipelines", ["/usr/bin/python3", "-c", threeInOne]],
  ]);
}

async function profiled(root, env, command, timing) {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-bench-"));
  const own = { ...env };
  delete own.GST_TRACERS;
  delete own.GST_PYROSCOPE_AGENT;
  try {
    const args = ["run", "--sample-rate", String(RATE), "--timing", timing, "--capture", join(dir, "c"), "--", ...command];
    const run = spawnSync(process.execPath, [`${root}dist/cli.js`, ...args], { env: own, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`${command.join(" ")}: ${run.stderr}`);
    return await readCapture(join(dir, "c"));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs of one way added up. */
class Sums {
  ns = 0;
  samples = 0;
  streamingNs = 0;
  unlabelledNs = 0;
  counters = {};
  byElement = new Map();

  add({ cpu, file }) {
    for (const { path, ns, stack } of cpu.stacks.samples) {
      this.ns += ns;
      this.byElement.set(path, (this.byElement.get(path) ?? 0) + ns);
      if (!isStreaming(stack.map((frame) => cpu.stacks.frames[frame]?.module ?? ""))) continue;
      this.streamingNs += ns;
      if (path === "") this.unlabelledNs += ns;
    }
    this.samples += cpu.rows.reduce((sum, row) => sum + row.samples, 0);
    for (const [name, n] of Object.entries(file.losses)) this.counters[name] = (this.counters[name] ?? 0) + n;
  }

  share(path) {
    return (this.byElement.get(path) ?? 0) / this.ns;
  }
}

/** A thread of a GstTask: behind the C library and GLib the first code is GStreamer's. */
const isStreaming = (fromRoot) => fromRoot.find((module) => !/^(libc|libglib-2\.0|libpthread)\.so/.test(module))?.startsWith("libgstreamer-1.0.so") ?? false;

/** The largest difference of an element's shares, in standard deviations of two such samplings. */
function apart(wrap, off) {
  const worst = { element: "", wrap: 0, off: 0, sigmas: 0 };
  for (const path of new Set([...wrap.byElement.keys(), ...off.byElement.keys()])) {
    const [a, b] = [wrap.share(path), off.share(path)];
    const both = (a + b) / 2;
    const deviation = Math.sqrt(both * (1 - both) * (1 / wrap.samples + 1 / off.samples)) || 1;
    if (Math.abs(a - b) / deviation > worst.sigmas)
      Object.assign(worst, { element: path || "(none)", wrap: a, off: b, sigmas: Math.abs(a - b) / deviation });
  }
  return worst;
}

export async function labelsRow(environment, root, minutes) {
  const row = { unit: "ratios; sampling at 250 Hz" };
  const total = { agreed: 0, differed: 0, wordOnly: 0, stackOnly: 0, notCompared: 0, unknownPad: 0, samples: 0 };
  const all = Object.entries(commands(root));
  for (const [name, command] of all) {
    const [wrap, off] = [new Sums(), new Sums()];
    const wanted = (minutes * 60e9) / all.length;
    do {
      wrap.add(await profiled(root, environment(""), command, "wrap"));
      off.add(await profiled(root, environment(""), command, "off"));
    } while (wrap.ns < wanted);
    const of = wrap.counters;
    row[name] = {
      cpuSeconds: wrap.ns / 1e9,
      labelledOfStreamingOff: 1 - off.unlabelledNs / off.streamingNs,
      labelledOfStreamingWrap: 1 - wrap.unlabelledNs / wrap.streamingNs,
      streamingOfAll: off.streamingNs / off.ns,
      agreed: of.label_agreed,
      differed: of.label_differed,
      wordOnly: of.label_word_only,
      notCompared: of.label_not_compared,
      sharesApart: apart(wrap, off),
    };
    total.samples += wrap.samples;
    total.agreed += of.label_agreed;
    total.differed += of.label_differed;
    total.wordOnly += of.label_word_only;
    total.stackOnly += of.label_stack_only;
    total.notCompared += of.label_not_compared;
    total.unknownPad += of.label_unknown_pad;
    process.stderr.write(`labels: ${name}\n`);
  }
  return { ...row, total: { ...total, agreement: total.agreed / (total.agreed + total.differed + total.wordOnly) } };
}
