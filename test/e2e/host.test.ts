// Does the host process end, write and behave as it would without us?
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cli, pluginEnvironment, runToEnd, scratch, words } from "../helpers/pipelines.js";

const sum = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("the host", () => {
  let place: ReturnType<typeof scratch>;
  beforeEach(() => {
    place = scratch();
  });
  afterEach(() => place.dispose());

  it("writes the same bytes", async () => {
    const pipeline = (file: string) =>
      words(
        `-q videotestsrc num-buffers=100 ! video/x-raw,width=320,height=240 ! videoconvert ! jpegenc ! avimux ! filesink location=${file}`,
      );
    await runToEnd("gst-launch-1.0", pipeline(`${place.dir}/plain.avi`));
    const env = pluginEnvironment({
      GST_TRACERS: 'pyroscope(server-url="",sample-rate=1000)',
      GST_PYROSCOPE_HOST_PID: String(process.pid),
    });
    await runToEnd("gst-launch-1.0", pipeline(`${place.dir}/traced.avi`), env);
    expect(sum(`${place.dir}/traced.avi`)).toBe(sum(`${place.dir}/plain.avi`));
  });

  it("keeps its exit code", async () => {
    const failing = words("-q filesrc location=/does/not/exist ! fakesink");
    const plain = await runToEnd("gst-launch-1.0", failing);
    const traced = await runToEnd("gst-launch-1.0", failing, pluginEnvironment({ GST_TRACERS: "pyroscope" }));
    expect(plain.code).not.toBe(0);
    expect(traced.code).toBe(plain.code);
  });

  it("sees nothing of us in gst-inspect-1.0: no thread, no process, no file", async () => {
    const env = pluginEnvironment({ GST_TRACERS: `pyroscope(capture=${place.dir}/c)` });
    const { code, stderr } = await runToEnd("gst-inspect-1.0", ["playbin"], env);
    expect(code).toBe(0);
    expect(stderr).not.toContain("pyroscope");
    expect(() => readFileSync(`${place.dir}/c/capture.json`)).toThrow();
  });

  it("is documented by gst-inspect-1.0, with every parameter", async () => {
    const { stdout, code } = await runToEnd("gst-inspect-1.0", ["pyroscope"]);
    expect(code).toBe(0);
    expect(stdout).toContain("GstTracer");
  });

  it("lives under 250 Hz with threads of its own in Python that crash into signals", async () => {
    const script = `
import threading, time, gi, hashlib
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
stop = False
done = [0]
def work():
    while not stop:
        hashlib.sha256(b"x" * 100000).digest()
        done[0] += 1
threads = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in threads]
p = Gst.parse_launch("videotestsrc num-buffers=300 ! videoconvert ! jpegenc ! fakesink")
p.set_state(Gst.State.PLAYING)
m = p.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
stop = True
[t.join() for t in threads]
p.set_state(Gst.State.NULL)
print(m.type == Gst.MessageType.EOS, done[0] > 10)`;
    const env = pluginEnvironment({ GST_TRACERS: 'pyroscope(server-url="",sample-rate=250)' });
    const { stdout, code, stderr } = await runToEnd("/usr/bin/python3", ["-c", script], env);
    expect(stderr).not.toMatch(/CRITICAL/);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: "True True" });
  });

  it("run passes on the exit code and the terminal's streams", async () => {
    const script = 'read line; echo "out $line"; echo err >&2; exit 7';
    const child = await runToEnd("bash", [
      "-c",
      `echo hello | ${process.execPath} ${cli} run --capture ${place.dir}/c -- sh -c '${script}'`,
    ]);
    expect(child.stdout).toBe("out hello\n");
    expect(child.stderr).toMatch(/^err$/m);
    expect(child.code).toBe(7);
  });
});
