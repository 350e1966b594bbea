// How is the program made that runs the lab's pipelines, and what must this machine have for them?
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { ask, quietly, root, StepFailed } from "../steps.mjs";

export const host = `${root}build/lab/host`;

const elements = {
  x264enc: "gstreamer1.0-plugins-ugly",
  hlssink2: "gstreamer1.0-plugins-bad",
  avenc_aac: "gstreamer1.0-libav",
};

/** Compiled when a source is newer. */
export function makeHost() {
  const files = readdirSync(`${root}lab`).map((name) => `${root}lab/${name}`);
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if (existsSync(host) && statSync(host).mtimeMs > newest) return;
  const flags = ask("pkg-config", ["--cflags", "--libs", "gstreamer-1.0", "gio-2.0"]);
  if (flags === undefined)
    throw new StepFailed("pkg-config does not find GStreamer: run npm run setup first, which installs what is needed.");
  mkdirSync(`${root}build/lab`, { recursive: true });
  const sources = files.filter((file) => file.endsWith(".c"));
  quietly("cc", ["-O2", "-Wall", "-o", host, ...sources, ...flags.trim().split(/\s+/)]);
}

export function needElements() {
  for (const [element, debian] of Object.entries(elements)) {
    if (ask("gst-inspect-1.0", ["--exists", element]) === undefined)
      throw new StepFailed(
        `GStreamer has no ${element} here: install the package ${debian}, then start the lab again.`,
      );
  }
}

/** As the tracer and its agent read them. `stream`: "" = it finds the name itself; `service`: where figures of the pipeline go. */
export function tracer({ stream, service }) {
  const tags = stream === "" ? "" : `,tags="stream=${stream}"`;
  return {
    GST_PLUGIN_PATH: `${root}build/plugin`,
    GST_TRACERS: `pyroscope(server-url=none,otlp-endpoint=none,live-port=auto${tags})`,
    GST_PYROSCOPE_WINDOWS_URL: service,
    GST_PYROSCOPE_WINDOWS_TOKEN: "demo-token",
  };
}
