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
/** At its end it tells what it took on descriptor 3. */
const tell = `data:text/javascript,import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,JSON.stringify(process.resourceUsage())))`;

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
  const used = JSON.parse(said || "{}") as Partial<NodeJS.ResourceUsage>;
  const cpuSeconds = ((used.userCPUTime ?? 0) + (used.systemCPUTime ?? 0)) / 1e6;
  return { code, out, errors, rssBytes: (used.maxRSS ?? Number.POSITIVE_INFINITY) * 1024, cpuSeconds };
}
