// Is the terminal as it was, however `top` ends, and does the screen follow keys and sizes? A shell with job control on a terminal of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DrawnScreen } from "../../helpers/drawn-screen.js";
import { ms, second, summaryOf } from "../../helpers/summary-tables.js";
import { type TopAgent, topAgent } from "../../helpers/top-agent.js";
import { until } from "../../helpers/until.js";

const helpers = fileURLToPath(new URL("../../helpers/", import.meta.url));
let folder = "";
let program = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pyro-top-"));
  program = join(folder, "top.mjs");
  // Bundled CommonJS wants a require.
  const js = 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';
  const how = { bundle: true, platform: "node", format: "esm", target: "node20", banner: { js } } as const;
  await build({ entryPoints: [join(helpers, "top-child.ts")], outfile: program, ...how });
});
afterAll(() => rmSync(folder, { recursive: true }));

const begun: ChildProcess[] = [];
afterEach(() => {
  for (const child of begun.splice(0)) child.kill("SIGKILL");
});

/** A shell on a terminal; `run` types a command that starts `top` after the settings of the terminal were written down. */
function shell(agent: TopAgent, flags: object = {}, around: { before?: string; behind?: string } = {}) {
  const argv = [join(helpers, "terminal.py"), "bash", "--norc", "--noprofile", "-i"];
  const env = { ...process.env, TERM: "xterm", PS1: "$ ", HISTFILE: "", FAILS: "on purpose" };
  const child = spawn("python3", argv, { env, stdio: ["pipe", "pipe", "inherit"] });
  begun.push(child);
  const said = { out: "" };
  const screen = new DrawnScreen();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
    screen.write(text);
  });
  const steer = (line: string) => child.stdin.write(`${line}\n`);
  const keys = (text: string) => steer(`keys ${JSON.stringify(text)}`);
  const file = (name: string) => join(folder, `${name}-${child.pid}`);
  const words = [process.execPath, program, agent.folder, JSON.stringify(flags)].map((word) => `'${word}'`).join(" ");
  const { before = "", behind = "" } = around;
  const start = () => keys(`stty -g > ${file("before")}; ${before}${words}${behind}; echo "ended $?"\r`);
  /** What the terminal is like now, by the shell, and whether all that was switched is switched back. */
  let looks = 0;
  const asItWas = async () => {
    const n = ++looks;
    // What is typed is on the screen as well: the sum is not.
    keys(`stty -g > ${file("after")}; echo written-$((${n} + 100))\r`);
    await until("the shell", () => said.out.includes(`written-${n + 100}`));
    expect(readFileSync(file("after"), "utf8")).toBe(readFileSync(file("before"), "utf8"));
    expect({ ...screen, lines: 0 }).toMatchObject({ other: false, cursor: true, wraps: true });
  };
  const ended = async () => {
    await until("the end of top", () => /ended \d+/.test(said.out));
    return Number(/ended (\d+)/.exec(said.out)?.[1]);
  };
  const shows = (what: string | RegExp) =>
    until(`${what} on the screen`, () => screen.other && match(screen.text, what));
  return { child, said, screen, steer, keys, start, shows, asItWas, ended };
}

const match = (text: string, what: string | RegExp): boolean =>
  typeof what === "string" ? text.includes(what) : what.test(text);

/** The pid of `top` itself. */
async function pidOf(agent: TopAgent): Promise<number> {
  const { stdout } = spawn("pgrep", ["-f", `${program} ${agent.folder}`]);
  let text = "";
  for await (const data of stdout) text += data;
  return Number(text.trim().split("\n")[0]);
}

describe("the terminal is as it was", () => {
  test.each([
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
  ])("after %s, and the exit code is 0", async (_, key) => {
    const at = shell(await topAgent());
    at.start();
    await at.shows(/enc +35\.0/);
    expect(at.screen).toMatchObject({ cursor: false, wraps: false });
    at.keys(key);
    expect(await at.ended()).toBe(0);
    await at.asItWas();
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 0],
    ["SIGQUIT", 131],
  ] as const)("after %s, which the exit code tells", async (signal, code) => {
    const agent = await topAgent();
    const at = shell(agent, {}, { before: "ulimit -c 0; " });
    at.start();
    await at.shows(/enc +35\.0/);
    process.kill(await pidOf(agent), signal);
    expect(await at.ended()).toBe(code);
    await at.asItWas();
  });

  test("after a failure of our own, whose trace can be read", async () => {
    const agent = await topAgent();
    const at = shell(agent);
    at.start();
    await at.shows(/enc +35\.0/);
    process.kill(await pidOf(agent), "SIGUSR2");
    expect(await at.ended()).not.toBe(0);
    const [, after = ""] = at.said.out.split("\u001b[?1049l");
    expect(after).toContain("Error: on purpose");
    await at.asItWas();
  });

  test("while it is stopped with Ctrl-Z, and after fg it is drawn again, whole", async () => {
    const at = shell(await topAgent());
    at.start();
    await at.shows(/enc +35\.0/);
    at.keys("\u001a");
    await until("the shell's word", () => /Stopped/.test(at.said.out));
    await at.asItWas();
    at.keys("fg\r");
    await at.shows(/enc +35\.0/);
    expect(at.screen).toMatchObject({ cursor: false, wraps: false });
    at.keys("q");
    await until("the screen", () => !at.screen.other);
    await at.asItWas();
  });

  test("when the process ends and no other one comes, which is said on it", async () => {
    const agent = await topAgent();
    const at = shell(agent, { once: true });
    at.start();
    await at.shows(/enc +35\.0/);
    agent.targets = [];
    expect(await at.ended()).toBe(0);
    expect(at.said.out).toContain("top: process 4242 has ended");
    await at.asItWas();
  });
});

describe("the screen", () => {
  test("fits 80 × 24 and 200 × 60, and follows when the terminal grows or shrinks", async () => {
    const at = shell(await topAgent());
    at.steer("size 24 80");
    at.start();
    await at.shows(/enc +35\.0/);
    await until("24 rows", () => at.screen.lines.length === 24);
    expect(at.screen.width).toBeLessThanOrEqual(80);
    expect(at.screen.text).not.toContain("BLOCKED");
    at.steer("size 60 200");
    await until("60 rows", () => at.screen.lines.length === 60 && at.screen.text.includes("BLOCKED"));
    expect(at.screen.width).toBeLessThanOrEqual(200);
    at.steer("size 10 40");
    await until("10 rows", () => at.screen.lines.length === 10 && !at.screen.text.includes("BUFFERS/S"));
    expect(at.screen.width).toBeLessThanOrEqual(40);
    at.keys("q");
    await at.ended();
    await at.asItWas();
  });

  test("shows what the agent says next, and writes nothing where nothing changed", async () => {
    const agent = await topAgent();
    const at = shell(agent, { interval: "100ms" });
    at.start();
    await at.shows(/enc +35\.0/);
    const before = at.said.out.length;
    const asked = agent.asked.length;
    await until("more questions", () => agent.asked.length > asked + 6);
    expect(at.said.out.length).toBe(before);
    agent.summary = summaryOf({ rows: [{ name: "enc", cpuNs: 900 * ms, buffersIn: 1 }], durationNs: second });
    await at.shows(/enc +90\.0/);
    at.keys("q");
    await at.ended();
  });

  test("obeys the keys: functions, filter, order, time, pause, help", async () => {
    const agent = await topAgent();
    const at = shell(agent, { interval: "100ms" });
    at.steer("size 24 120");
    at.start();
    await at.shows(/enc +35\.0/);
    at.keys("\r");
    await at.shows("x264_pixel_satd  libx264.so.164");
    at.keys("\r/sink\r");
    await until("the filter", () => !/\nenc +\d/.test(at.screen.text) && /\nsink +\d/.test(at.screen.text));
    at.keys("\u001b");
    await at.shows(/\nenc +\d/);
    at.keys("ss");
    await at.shows("sort: BUFFERS/S");
    at.keys("p");
    await until("another time", () => agent.asked.some((path) => path.endsWith("summary?last=10")));
    at.keys(" ");
    await at.shows("PAUSED");
    agent.summary = summaryOf({ rows: [{ name: "other", cpuNs: 900 * ms, buffersIn: 1 }], durationNs: second });
    const asked = agent.asked.length;
    await until("more questions", () => agent.asked.length > asked + 6);
    expect(at.screen.text).toMatch(/\nenc +\d/);
    at.keys(" ");
    await at.shows(/\nother +\d/);
    at.keys("?");
    await at.shows("shows only rows with this text");
    at.keys("xq");
    await at.ended();
    await at.asItWas();
  });
});

describe("lines in the place of a screen", () => {
  test("are read by head, which ends it without a word", async () => {
    const agent = await topAgent();
    const at = shell(agent, { interval: "100ms" }, { behind: " | head -3" });
    at.start();
    expect(await at.ended()).toBe(0);
    expect(at.said.out).toMatch(/4242 studio, up 1:05/);
    expect(at.said.out).not.toMatch(/EPIPE|Error/);
    await until("its end", async () => !((await pidOf(agent)) > 0));
    await at.asItWas();
  });
});
