// Does anything of ours stay when a program ends before its agent is up, and is anybody missed who ended at once?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { slowness } from "../helpers/busy-machine.js";
import { markedWith, processesMarked } from "../helpers/marked.js";
import { cli, ended, pluginEnvironment, runToEnd, scratch, summaryOf, until, words } from "../helpers/pipelines.js";
import { freePort } from "../helpers/real-server.js";
import { hasPython, lastTraceOf, ShortProgramServers, shortPrograms } from "../helpers/short-programs.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

it.skipIf(!hasPython)(
  "of twenty short programs neither agent nor port is left ten seconds after their end",
  async () => {
    const servers = await ShortProgramServers.start();
    try {
      const programs = shortPrograms(20, 7).entries();
      const work = async () => {
        for (const [n, program] of programs) await lastTraceOf(program, `${place.dir}/${n}`, servers);
      };
      await Promise.all([work(), work(), work()]);
    } finally {
      await servers.stop();
    }
  },
);

it("a program that asks for the last delivery before its agent is up leaves neither agent nor port", async () => {
  const port = await freePort();
  const node = `${place.dir}/node`;
  writeFileSync(node, `#!/bin/sh\nsleep 0.5\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
  const env = pluginEnvironment({
    ...markedWith(place.dir),
    GST_TRACERS: `pyroscope(port=${port},server-url="none",otlp-endpoint="none")`,
    GST_PYROSCOPE_NODE: node,
  });
  const { code } = await runToEnd("gst-launch-1.0", ["-q", "fakesrc", "num-buffers=2", "!", "fakesink"], env);
  expect(code).toBe(0);
  const [gone, slow] = [performance.now(), slowness()];
  await until("no agent", () => processesMarked(place.dir).length === 0 || undefined);
  expect(performance.now() - gone).toBeLessThan(10_000 + 2000 * (await slow));
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

it("run misses no child that ends the moment it was seen", async () => {
  const dir = `${place.dir}/capture`;
  const one = "gst-launch-1.0 -q fakesrc num-buffers=6000 ! identity sleep-time=5000 ! fakesink";
  // All at once, and each killed the moment that `run`, the parent of this shell, has its segment as well.
  const segment = "ls -l /proc/$p/fd | sed -n 's,.* \\([0-9]*\\) -> /memfd:gst-pyroscope.*,\\1,p'";
  const held = `n=$(${segment}) && [ "$n" ] && find -L /proc/$PPID/fd -maxdepth 1 -samefile /proc/$p/fd/$n 2>/dev/null | grep -q .`;
  const command = `for i in 1 2 3 4 5 6; do (${one} & p=$!; while kill -0 $p && ! { ${held}; }; do sleep 0.01; done; kill -9 $p) & done; wait`;
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

it("a first scrape 100 ms after the end of a short run is answered", async () => {
  const port = await freePort();
  const env = pluginEnvironment({ GST_TRACERS: `pyroscope(port=${port},server-url="none",otlp-endpoint="none")` });
  // Long enough for an agent to be up on a busy machine: before it is, there is nobody who could answer.
  const child = spawn("gst-launch-1.0", ["-q", ...words("fakesrc ! identity sleep-time=5000 ! fakesink")], { env });
  await until("a listener", () => (listens(port) ? true : undefined));
  const end = ended(child);
  child.kill("SIGTERM");
  await end;
  await new Promise((wait) => setTimeout(wait, 100));
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toMatch(/^gst_/m);
  const [gone, slow] = [performance.now(), slowness()];
  await until("the port's end", () => !listens(port) || undefined);
  expect(performance.now() - gone).toBeLessThan(10_000 + 2000 * (await slow));
});

/** From the kernel's table: a question by a connection would be a first scrape itself. */
function listens(port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n"));
  return rows.map((row) => row.trim().split(/\s+/)).some(([, own, , state]) => own?.endsWith(local) && state === "0A");
}
