// How much memory does the tracer cost its host? Proportional set size of the same pipeline with and without it.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { median, pss } from "./measure.mjs";

const pipelines = {
  x264: "videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! x264enc speed-preset=veryfast tune=zerolatency ! fakesink",
  libav: "videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! avenc_mpeg4 ! avdec_mpeg4 ! fakesink",
};

/** PSS five seconds into a live pipeline; the host is then stopped. */
async function settled(pipeline, env) {
  const child = spawn("gst-launch-1.0", ["-q", ...pipeline.split(" ")], { env, stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", done));
  try {
    await pause(5000);
    return pss(child.pid);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

export async function memoryRow(environment) {
  const row = { unit: "bytes of PSS above no tracer" };
  for (const [name, pipeline] of Object.entries(pipelines)) {
    const more = [];
    for (let round = 0; round < 5; round++) {
      const without = await settled(pipeline, environment(""));
      const having = await settled(pipeline, environment("pyroscope"));
      more.push(Object.fromEntries(Object.entries(having).map(([kind, bytes]) => [kind, bytes - without[kind]])));
    }
    row[name] = Object.fromEntries(Object.keys(more[0]).map((kind) => [kind, median(more.map((one) => one[kind]))]));
    process.stderr.write(`memory: ${name}\n`);
  }
  return row;
}
