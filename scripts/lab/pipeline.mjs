// Which pipeline does the lab run, and how is the program made that runs it?
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, statSync } from "node:fs";
import { ask, quietly, root, StepFailed } from "../steps.mjs";

export const host = `${root}build/lab/host`;

const elements = {
  x264enc: "gstreamer1.0-plugins-ugly",
  hlssink2: "gstreamer1.0-plugins-bad",
  avenc_aac: "gstreamer1.0-libav",
};

const sources = ["host.c", "picture-time.c", "picture-time.h"].map((name) => `${root}lab/${name}`);

/** Compiled when one of its sources is newer. */
export function makeHost() {
  const madeMs = existsSync(host) ? statSync(host).mtimeMs : 0;
  if (sources.every((file) => statSync(file).mtimeMs < madeMs)) return;
  const flags = ask("pkg-config", ["--cflags", "--libs", "gstreamer-1.0"]);
  if (flags === undefined)
    throw new StepFailed("pkg-config does not find GStreamer: run npm run setup first, which installs what is needed.");
  mkdirSync(`${root}build/lab`, { recursive: true });
  const files = sources.filter((file) => file.endsWith(".c"));
  quietly("cc", ["-O2", "-Wall", "-o", host, ...files, ...flags.trim().split(/\s+/)]);
}

export function needElements() {
  for (const [element, debian] of Object.entries(elements)) {
    if (ask("gst-inspect-1.0", ["--exists", element]) === undefined)
      throw new StepFailed(
        `GStreamer has no ${element} here: install the package ${debian}, then start the lab again.`,
      );
  }
}

/**
 * Pictures of a format that every browser decodes: left to itself, the encoder would take 4:4:4 with 10 bits.
 * Faults go to the identity elements `source` and `enc`; a location with a quote would end its word.
 */
export function description(folder) {
  if (/["\\]/.test(folder)) throw new StepFailed(`data-dir=${folder}: a quote or a backslash cannot be in its name`);
  const video = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=360,framerate=25/1";
  const stages = "identity name=source ! queue name=qcap max-size-buffers=8 ! videoconvert ! queue name=qenc";
  const encoder =
    "x264enc name=x264 speed-preset=ultrafast tune=zerolatency key-int-max=50 bitrate=600 ! h264parse ! queue";
  const sink = `hlssink2 name=hls target-duration=2 playlist-length=6 max-files=12 location="${folder}/seg%05d.ts"`;
  return [
    `${video} ! ${stages} max-size-buffers=8 ! identity name=enc ! ${encoder} ! hls.video`,
    `${sink} playlist-location="${folder}/playlist.m3u8"`,
    "audiotestsrc is-live=true wave=ticks ! audioconvert ! avenc_aac ! aacparse ! queue ! hls.audio",
  ].join(" ");
}

/** As the tracer reads them. */
export const tracer = {
  GST_PLUGIN_PATH: `${root}build/plugin`,
  GST_TRACERS: 'pyroscope(server-url=none,otlp-endpoint=none,live-port=auto,tags="stream=demo")',
};

/** The service at `url` gets figures of the pipeline every two seconds, by the token that `serve --lab` knows. */
export const windowsTo = (url) => ({
  GST_PYROSCOPE_WINDOWS_URL: url,
  GST_PYROSCOPE_WINDOWS_TOKEN: "demo-token",
  GST_PYROSCOPE_WINDOWS_PROJECT: "demo",
});
