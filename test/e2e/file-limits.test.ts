// What if an agent or `run` may write no large files? It says so, and no signal ends it.
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { cli, pluginEnvironment, runToEnd, scratch } from "../helpers/pipelines.js";
import { SegmentTarget } from "../helpers/segment-target.js";

it("a capture beyond the limit of file sizes is said and does not end `run`", async () => {
  const { dir, dispose } = scratch();
  try {
    // The limit is that of `run` alone, the parent of the shell.
    const command = `prlimit --pid $PPID --fsize=300; gst-launch-1.0 -q fakesrc num-buffers=200 ! identity sleep-time=5000 ! fakesink; exit 9`;
    const args = [cli, "run", "--capture", `${dir}/c`, "--", "sh", "-c", command];
    const { code, signal, stderr } = await runToEnd(process.execPath, args, pluginEnvironment());
    expect([code, signal]).toEqual([9, null]);
    expect(stderr).toContain("EFBIG");
  } finally {
    dispose();
  }
});

it("a capture beyond the limit of file sizes is said by an agent, which no signal ends", async () => {
  const { dir, dispose } = scratch();
  const target = await SegmentTarget.start();
  try {
    const nowhere = ["--server-url", "none", "--otlp-endpoint", "none"]; // else it would go on without a capture
    const agent = [process.execPath, cli, "agent", "--pid", `${target.pid}`, "--capture", `${dir}/c`, ...nowhere];
    const { code, signal, stderr } = await runToEnd("prlimit", ["--fsize=300", ...agent], pluginEnvironment());
    expect([code, signal]).toEqual([1, null]);
    expect(stderr).toContain("EFBIG");
  } finally {
    await target.end("SIGKILL");
    dispose();
  }
});
