// What does `gst-pyroscope report` do as a process of its own: what it says, its exit code, its memory, its CPU time?
import { spawn } from "node:child_process";

export interface Reported {
  code: number | null;
  out: string;
  errors: string;
  rssBytes: number;
  cpuSeconds: number;
}

const program = new URL("../../dist/cli.js", import.meta.url).pathname;
/** At its end it tells what it took on descriptor 3: not getrusage's memory, for that begins with what its parent had then. */
const tell = `data:text/javascript,${encodeURIComponent(`
import { readFileSync, writeSync } from "node:fs";
process.on("exit", () => {
  const [, peak] = /^VmHWM:\\s+(\\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"));
  writeSync(3, JSON.stringify({ ...process.cpuUsage(), rssBytes: 1024 * peak }));
});`)}`;

export async function reportChild(dir: string, ...options: string[]): Promise<Reported> {
  const child = spawn(process.execPath, ["--import", tell, program, "report", dir, ...options], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const texts = ["", "", ""];
  for (const [i, stream] of [child.stdout, child.stderr, child.stdio[3]].entries())
    (stream as NodeJS.ReadableStream).setEncoding("utf8").on("data", (text) => {
      texts[i] += text;
    });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  const [out = "", errors = "", said = ""] = texts;
  const none = { user: Number.POSITIVE_INFINITY, system: 0, rssBytes: Number.POSITIVE_INFINITY };
  const { user, system, rssBytes } = said === "" ? none : (JSON.parse(said) as typeof none);
  return { code, out, errors, rssBytes, cpuSeconds: (user + system) / 1e6 };
}
