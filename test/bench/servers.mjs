// Where can an agent send to while it is measured? Two servers in a process of their own: their work is nobody's here.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** `environment`: of an agent that sends there. `taken()`: what came so far. The collector answers spans after `delayMs`. */
export async function openServers(delayMs = 0) {
  const program = new URL("server-process.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, String(delayMs)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await lines.next()).value);
  const environment = await line();
  const taken = () => (child.stdin.write("\n"), line());
  return { environment, taken, close: () => child.stdin.end() };
}
