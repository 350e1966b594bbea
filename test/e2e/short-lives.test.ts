// Does anything of ours stay when a program ends before its agent is up, and is anybody missed who ended at once?
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeCollector } from "../helpers/fake-collector.js";
import { FakePyroscope } from "../helpers/fake-pyroscope.js";
import { cli, ended, pluginEnvironment, runToEnd, scratch, summaryOf, until } from "../helpers/pipelines.js";
import { freePort } from "../helpers/real-server.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** How a program ends: by itself after its buffers, or in one of four other ways after some seconds. */
const ends = ["eos", "_exit", "abort", "SIGTERM", "SIGKILL"] as const;
const script = `
import os, sys, threading, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
how, seconds = sys.argv[1], float(sys.argv[2])
if how != "eos":
    end = {"_exit": lambda: os._exit(0), "abort": os.abort}.get(how, lambda: os.kill(os.getpid(), 15 if how == "SIGTERM" else 9))
    threading.Timer(seconds, end).start()
count = int(seconds * 200) if how == "eos" else 100000
pipeline = Gst.parse_launch(f"fakesrc num-buffers={count} ! identity sleep-time=5000 ! fakesink")
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
`;
const python = spawnSync("/usr/bin/python3", ["-c", "import gi"]).status === 0;

it.skipIf(!python)(
  "of twenty short programs neither agent nor port is left ten seconds after their end",
  { timeout: 180_000 },
  async () => {
    const servers = [await FakePyroscope.start(), await FakeCollector.start()] as const;
    try {
      for (let n = 0; n < 20; n++) {
        const port = n % 2 === 0 ? await freePort() : 0;
        const served = n % 3 === 0;
        const [profiles, metrics] = served
          ? [servers[0].url, servers[1].url]
          : n % 3 === 1
            ? ["none", "none"]
            : ["http://127.0.0.1:9", "http://127.0.0.1:9"];
        const capture = n % 4 < 2 ? `,capture=${place.dir}/${n}` : "";
        const tracer = `pyroscope(port=${port},server-url="${profiles}",otlp-endpoint="${metrics}",span-ratio=${n % 5 === 0 ? 1 : 0}${capture})`;
        const seconds = n < 10 ? 0.02 : 0.02 + ((n * 0.37) % 1.4); // the first ten end before their agent is up
        const env = pluginEnvironment({ GST_TRACERS: tracer });
        const child = spawn("/usr/bin/python3", ["-c", script, ends[n % 5] ?? "eos", `${seconds}`], {
          env,
          stdio: "ignore",
        });
        await ended(child);
        const gone = async () => (await agents()).length === 0 || undefined;
        await until(`no agent of program ${n} (${tracer})`, gone, 12_000);
        if (port > 0) await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
);

it("a program that asks for the last delivery before its agent is up leaves neither agent nor port", async () => {
  const port = await freePort();
  const node = `${place.dir}/node`;
  writeFileSync(node, `#!/bin/sh\nsleep 0.5\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
  const env = pluginEnvironment({
    GST_TRACERS: `pyroscope(port=${port},server-url="none",otlp-endpoint="none")`,
    GST_PYROSCOPE_NODE: node,
  });
  const { code } = await runToEnd("gst-launch-1.0", ["-q", "fakesrc", "num-buffers=2", "!", "fakesink"], env);
  expect(code).toBe(0);
  await until("no agent", async () => (await agents()).length === 0 || undefined, 12_000);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

/** Of every target on this machine: only one test runs at a time. */
async function agents(): Promise<number[]> {
  const { stdout } = await runToEnd("pgrep", ["-f", "cli.js agent --fd"]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

it("run misses no child that ends the moment it was seen", async () => {
  const dir = `${place.dir}/capture`;
  const one = "gst-launch-1.0 -q fakesrc num-buffers=400 ! identity sleep-time=5000 ! fakesink";
  // All at once, and each killed soon after it has a segment.
  const command = `for i in 1 2 3 4 5 6; do (${one} & p=$!; while kill -0 $p && ! ls -l /proc/$p/fd | grep -q gst-pyroscope; do sleep 0.01; done; sleep 0.2; kill -9 $p) & done; wait`;
  const { stderr } = await runToEnd(
    process.execPath,
    [cli, "run", "--capture", dir, "--", "sh", "-c", command],
    pluginEnvironment(),
  );
  expect(stderr).not.toContain("is not profiled");
  const folders = [
    dir,
    ...readdirSync(dir)
      .filter((name) => /^process-/.test(name))
      .map((name) => `${dir}/${name}`),
  ];
  expect(folders).toHaveLength(6);
  const summaries = await Promise.all(folders.map(summaryOf));
  expect(summaries.map(({ complete }) => complete)).toEqual(summaries.map(() => true));
});
