// What is said of a pipeline whose machine is too busy for it? That the machine is, before all else, in numbers of the table.
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headline } from "../../src/analysis/headline.js";
import { count, duration, percent } from "../../src/analysis/units.js";
import { readCapture } from "../../src/capture/reader.js";
import { asIfCalm } from "../helpers/busy-machine.js";
import { cli, element, runToEnd, scratch, summaryOf, words } from "../helpers/pipelines.js";

const PIPELINE =
  "videotestsrc num-buffers=80 ! video/x-raw,width=320,height=240 ! queue name=q max-size-buffers=2 ! x264enc name=enc tune=zerolatency threads=1 ! fakesink";

/** Two CPUs, however many there are: four programs that never rest, and the pipeline, share them. */
function twoCpus(): string {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const all = list.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: Math.min(2, to - from + 1) }, (_, n) => from + n);
  });
  return all.slice(0, 2).join(",");
}

let place: ReturnType<typeof scratch>;
let burners: ChildProcess[];
beforeEach(() => {
  place = scratch();
  // They end by themselves where nobody is left to end them.
  const burn = ["timeout", "120", "taskset", "-c", twoCpus(), "sh", "-c", "while :; do :; done"];
  burners = [0, 1, 2, 3].map(() => spawn(burn[0] ?? "", burn.slice(1), { stdio: "ignore" }));
});
afterEach(() => {
  for (const burner of burners) burner.kill("SIGTERM");
  place.dispose();
});

describe("four programs that never rest, on two CPUs, beside an encoder", () => {
  it("are what its time goes to: ready is most, blocked is little, and who waits for whom is left unsaid", async () => {
    const dir = `${place.dir}/c`;
    const launch = ["taskset", "-c", twoCpus(), "nice", "-n", "5", "gst-launch-1.0", "-q", ...words(PIPELINE)];
    const run = await runToEnd(process.execPath, [cli, "run", "--capture", dir, "--", ...launch]);
    expect(run.code, run.stderr).toBe(0);
    const summary = await summaryOf(dir);
    const enc = element(summary, "enc");
    const { cpu, wall } = summary.profile;
    const [wallNs, readyNs, blockedNs] = [enc.wallNs ?? 0, enc.readyNs ?? 0, enc.blockedNs ?? 0];
    console.log(`enc: ${duration(wallNs)}, ready ${percent(readyNs / wallNs)}, blocked ${percent(blockedNs / wallNs)}`);
    expect(readyNs).toBeGreaterThan(0.5 * wallNs);
    expect(blockedNs).toBeLessThan(0.2 * wallNs);
    for (const one of summary.pipelines.flatMap(({ elements }) => elements))
      expect([one.name, Object.values(one.blockedOn ?? {}).reduce((a, b) => a + b, 0)]).toEqual([
        one.name,
        one.blockedNs,
      ]);

    // Where its code was before it lost its CPU is not where it will be.
    const { stacks } = (await readCapture(dir)).wall ?? { stacks: { samples: [], frames: [] } };
    const runnable = stacks.samples.filter(({ stack }) => stacks.frames[stack[0] ?? -1]?.name === "(runnable)");
    expect(new Set(runnable.map(({ blockedOn, stack }) => `${blockedOn} ${stack.length}`))).toEqual(new Set(["cpu 1"]));
    expect(runnable.reduce((ns, one) => ns + one.ns, 0)).toBe(wall?.readyNs);
    expect(summary.counters.wall_runnable).toBeGreaterThan(0);

    const { sentence, detail } = headline(summary);
    const ableNs = (wall?.runningNs ?? 0) + (wall?.readyNs ?? 0);
    const ready = wall?.readyNs ?? 0;
    expect(sentence).toBe(
      `The machine is overloaded: threads that could run waited for a CPU for ${percent(ready / ableNs)} of that time, ${duration(ready)} of ${duration(ableNs)}.`,
    );
    expect(detail).toContain("cannot be told from a run on such a machine");
    const advice = /limits the throughput|is full|too small|keeps up|cannot keep up/;
    expect(`${sentence} ${detail}`).not.toMatch(advice);
    expect(headline(asIfCalm(summary)).element, "a calm machine's table would name one").not.toBe("");
    const totalNs = cpu?.totalNs ?? 0;
    const burned = `${duration(enc.cpuNs)} of ${duration(totalNs)}`;
    const each = `${duration(enc.cpuNs / enc.buffersIn)} for each of ${count(enc.buffersIn)} buffers`;
    const said = [
      `enc burns ${percent(enc.cpuNs / totalNs)} of the CPU time: ${burned}, ${each}.`,
      `enc burns most CPU time, ${burned}, but ${count(cpu?.samples ?? 0)} samples are too few`,
    ];
    // Left out where the process uses next to nothing of a CPU.
    expect([detail, said.some((one) => detail.includes(one))]).toEqual([detail, detail.includes("burn")]);

    const { stdout } = await runToEnd(process.execPath, [cli, "report", dir], { ...process.env, COLUMNS: "200" });
    const text = stdout.replace(/\s+/g, " ");
    expect(text.indexOf("The machine is overloaded")).toBe(0);
    const states = [wall?.runningNs, wall?.readyNs, wall?.blockedNs].map((ns) =>
      percent((ns ?? 0) / (wall?.totalNs ?? 1)),
    );
    expect(text).toContain(
      `Wall time of all threads: ${duration(wall?.totalNs ?? 0)}: ${states[0]} on a CPU, ${states[1]} ready, but on none, ${states[2]} blocked`,
    );
    const row = stdout.split("\n").find((line) => line.startsWith("enc ")) ?? "";
    expect(row).toContain(` ${percent(readyNs / wallNs)} `);
    expect(row).toContain(` ${percent(blockedNs / wallNs)} `);
  });
});
