// What does an agent cost until it has nothing to do, above a Node that does nothing; and what does a pipeline of five buffers, with its agent?
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cpuNs, cpuOf, spread } from "./measure.mjs";
import { entryOf } from "./steady.mjs";
import { Paced } from "./turns.mjs";

/** As the tracer starts it (native/process/find-agent.cc). */
const flags = ["--single-threaded", "--max-semi-space-size=1"];
const short = "videotestsrc num-buffers=5 ! fakesink".split(" ");
/** It has nothing to do when it used less than this in this time, and slept whenever it was looked at. */
const quiet = { ns: 5e6, looks: 10, lookMs: 100 };

const sleeps = (pid) => /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

/** Milliseconds of CPU until it stops growing. */
async function settled(words, env) {
  const child = spawn(process.execPath, [...flags, ...words], { env, stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", done));
  try {
    const looks = [];
    for (let calm = 0; calm < quiet.looks; calm = sleeps(child.pid) ? calm + 1 : 0) {
      await pause(quiet.lookMs);
      looks.push(cpuNs(child.pid));
      const before = looks.at(-1 - quiet.looks) ?? 0;
      if (looks.at(-1) - before > quiet.ns) calm = 0;
    }
    return looks.at(-1 - quiet.looks) / 1e6;
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Milliseconds of CPU of the agent of one short run, from its first instruction to its end, and of the target. */
async function wholeLife(dir, root, env) {
  const [wrapper, said] = [join(dir, "agent"), join(dir, "said")];
  const own = ["TIMEFORMAT='%3U %3S'", `{ time ${process.execPath} ${flags.join(" ")} ${entryOf(root)} "$@" 2>/dev/null; } 2>${said}`];
  writeFileSync(wrapper, `#!/bin/bash\n${own.join("\n")}\nmv ${said} ${said}.whole\n`);
  chmodSync(wrapper, 0o755);
  rmSync(`${said}.whole`, { force: true });
  const target = await cpuOf("gst-launch-1.0", ["-q", ...short], { ...env, GST_PYROSCOPE_AGENT: wrapper });
  for (let tries = 0; tries < 300; tries++, await pause(100)) {
    if (!readdirSync(dir).includes("said.whole")) continue;
    const [user, system] = readFileSync(`${said}.whole`, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
    return { target: target * 1e3, agent: (user + system) * 1e3 };
  }
  throw new Error("the agent of a short run did not end");
}

/** `trees`: by name, folder and environment of each checkout; they take turns with each other and with a bare Node. */
export async function startRow(trees, rounds) {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-start-"));
  const empty = join(dir, "empty.cjs");
  writeFileSync(empty, "setInterval(() => {}, 1e6);\n");
  const figures = new Map();
  const note = (name, value) => figures.set(name, [...(figures.get(name) ?? []), value]);
  const round = async () => {
    const bare = await settled([empty], process.env);
    note("bare Node, ms of CPU", bare);
    const plain = (await cpuOf("gst-launch-1.0", ["-q", ...short], trees[0].environment(""))) * 1e3;
    note("target of five buffers without tracer, ms of CPU", plain);
    for (const { name, root, environment } of trees) {
      const target = new Paced(`${root}build/tests/paced-launch`, ["fakesrc", "silent=true", "!", "fakesink", "silent=true"], environment("pyroscope"));
      await target.turn();
      note(`${name}: agent until it is settled, ms above bare Node`, (await settled([entryOf(root), "agent", "--pid", String(target.child.pid)], environment(""))) - bare);
      await target.end();
      const life = await wholeLife(dir, root, environment("pyroscope"));
      note(`${name}: agent of five buffers, whole life, ms above bare Node`, life.agent - bare);
      note(`${name}: target of five buffers, ms above no tracer`, life.target - plain);
    }
  };
  try {
    for (let i = 0; i < rounds; i++) {
      await round();
      process.stderr.write(`start: round ${i + 1} of ${rounds}\n`);
    }
    return { unit: "ms of CPU", ...Object.fromEntries([...figures].map(([name, values]) => [name, spread(values)])) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
