// What do names, counts and nesting that no honest target writes cost the agent? CPU beside an ordinary full directory's, and memory.
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cli } from "../helpers/pipelines.js";
import { scratch } from "../helpers/scratch.js";
import { SegmentTarget } from "../helpers/segment-target.js";

/** Of children of this process that have ended, in seconds; the agent is one. */
function cpuOfChildren(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Most that it ever had, in megabytes; 0 when it has ended. */
function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** A real agent from beginning to end: a full directory, samples in its elements, a capture, a report. */
async function served(bytes: number, nested: boolean, pattern: string) {
  const target = await SegmentTarget.start();
  const pipeline = await target.name("pipeline", 0, ["p", "pipeline"]);
  const entries = await target.forge("element", pipeline, nested, bytes, pattern);
  const thread = 5;
  const step = Math.max(1, Math.floor(entries / 200));
  for (let id = pipeline + 1; id <= entries; id += step) await target.send(`samples 3 ${id} ${thread} 1000000 0 1 2 3`);
  const dir = scratch();
  const before = cpuOfChildren();
  const flags = ["--pid", String(target.pid), "--server-url", "none", "--otlp-endpoint", "none", "--capture", dir];
  const agent = spawn(process.execPath, [cli, "agent", ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  agent.stderr.on("data", (text) => {
    stderr += text;
  });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, peakMemory(agent.pid ?? 0));
  }, 20);
  while ((await target.show()).agentPid === 0 && agent.exitCode === null) await new Promise((go) => setTimeout(go, 20));
  const ended = new Promise<number | null>((resolve) => agent.once("close", resolve));
  await target.end("SIGKILL");
  const code = await ended;
  clearInterval(look);
  const elements = JSON.parse(readFileSync(join(dir, "topology.json"), "utf8")).elements.length as number;
  return { code, stderr, elements, peak, cpu: cpuOfChildren() - before };
}

describe("an agent that reads a full directory", () => {
  let ordinary: Awaited<ReturnType<typeof served>>;
  beforeAll(async () => {
    ordinary = await served(16, false, "element");
    console.log(
      `ordinary: ${ordinary.elements} elements, ${ordinary.cpu.toFixed(2)} s, ${ordinary.peak.toFixed(0)} MB`,
    );
  });

  it.each([
    ["19 000 nested elements", 1, true, "x"],
    ["nested elements of 250 slashes", 250, true, "/"],
    ["names of 65 kB of one letter", 65535, false, "a"],
    ["names of 65 kB that are nearly addresses", 65535, true, "a://"],
    ["names of 65 kB of what is nearly a scheme", 65535, false, "a+"],
    ["names of 65 kB of nothing but ends of texts", 65535, true, "%00"],
    ["names of 65 kB that are no UTF-8", 65535, false, "%f0%9f"],
    ["names of 256 bytes of digits", 256, true, "1"],
  ])("serves %s for at most four times the CPU, in 300 MB", async (_, bytes, nested, pattern) => {
    const seen = await served(bytes, nested, pattern);
    console.log(`${_}: ${seen.elements} elements, ${seen.cpu.toFixed(2)} s, ${seen.peak.toFixed(0)} MB`);
    expect(seen.code, seen.stderr).toBe(0);
    expect(seen.elements).toBeGreaterThan(5);
    expect(seen.cpu).toBeLessThan(4 * ordinary.cpu);
    expect(seen.peak).toBeLessThan(300);
  });
});
