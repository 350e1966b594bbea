// Is `run` transparent? Real commands, real signals, a real terminal; only the agent is left out.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
let folder = "";
let launcher = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pyro-run-"));
  launcher = join(folder, "launcher.mjs");
  const entryPoints = [join(here, "../../helpers/launcher.ts")];
  // Bundled CommonJS wants a require.
  const js = 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';
  await build({
    entryPoints,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile: launcher,
    banner: { js },
  });
  // A plugin that loads, as far as gst-inspect-1.0 on this PATH can tell.
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "plugin"));
  writeFileSync(join(folder, "bin/gst-inspect-1.0"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  writeFileSync(join(folder, "plugin/libgstpyroscope.so"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Settings {
  command: string[];
  flags?: Record<string, string>;
  environment?: Record<string, string>;
  realInspect?: boolean;
  replace?: boolean;
  duration?: string;
  open?: boolean;
}

function start(
  { command, flags = {}, environment = {}, realInspect = false, ...switches }: Settings,
  around: string[] = [],
) {
  const [program = "", ...args] = [...around, process.execPath, launcher];
  const { GST_TRACERS: _, ...clean } = process.env;
  const path = realInspect ? process.env.PATH : `${join(folder, "bin")}:${process.env.PATH}`;
  const child = spawn(program, [...args, JSON.stringify({ command, flags, ...switches }), join(folder, "plugin")], {
    cwd: folder,
    env: { ...clean, PATH: path, DIARY: join(folder, "diary"), ...environment },
  });
  writeFileSync(join(folder, "diary"), "");
  const said = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    said.out += data;
  });
  child.stderr.on("data", (data) => {
    said.err += data;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; out: string; err: string }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, ...said })),
  );
  return { child, said, ended };
}

const diary = () => readFileSync(join(folder, "diary"), "utf8").trim().split("\n");

async function until(what: string, holds: () => boolean) {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Counts its interrupts and says the sum when terminated. */
const counter = `
  let n = 0;
  process.on("SIGINT", () => console.log("interrupt " + ++n));
  process.on("SIGTERM", () => { console.log("sum " + n); process.exit(7); });
  setInterval(() => {}, 1000);
  console.log("ready");`;
const counting = [process.execPath, "-e", counter];

describe("the end of the command is our end", () => {
  test.each([0, 3, 125, 255])("exit code %d", async (code) => {
    const ended = await start({ command: ["sh", "-c", `exit ${code}`] }).ended;
    expect([ended.code, ended.signal]).toEqual([code, null]);
  });

  test.each(["SIGTERM", "SIGKILL", "SIGSEGV", "SIGINT", "SIGHUP", "SIGABRT"])("%s", async (signal) => {
    const ended = await start({ command: ["sh", "-c", `ulimit -c 0; kill -${signal.slice(3)} $$`] }).ended;
    expect([ended.code, ended.signal]).toEqual([null, signal]);
    expect(diary().at(-1)).toBe("finish");
  });

  test("SIGPIPE, which Node cannot die of, is told by the exit code", async () => {
    const ended = await start({ command: ["sh", "-c", "kill -PIPE $$"] }).ended;
    expect([ended.code, ended.signal]).toEqual([141, null]);
  });

  test("a command that does not exist is 127, one that cannot be executed 126, and nobody is asked for a summary", async () => {
    const plain = join(folder, "plain.txt");
    writeFileSync(plain, "text");
    chmodSync(plain, 0o644);
    for (const [command, code, why] of [
      [join(folder, "nothing-here"), 127, "not found"],
      ["no-such-command-anywhere", 127, "not found"],
      [plain, 126, "not executable"],
      [folder, 126, "not executable"],
    ] as const) {
      const ended = await start({ command: [command] }).ended;
      expect([ended.code, ended.err, ended.out]).toEqual([code, `gst-pyroscope: ${command}: ${why}\n`, ""]);
      expect(diary()).toHaveLength(1);
    }
  });

  test("a command that the kernel refuses to start is 126", async () => {
    const longest = 128 * 1024; // of one variable: with our tracer in it, it is too long
    const environment = { GST_TRACERS: "x".repeat(longest - "GST_TRACERS=".length - 1) };
    const ended = await start({ command: ["true"], environment }).ended;
    expect([ended.code, ended.err]).toEqual([126, "gst-pyroscope: true: cannot be started: E2BIG\n"]);
  });
});

describe("the streams are the command's", () => {
  test("a megabyte goes through unchanged, and our lines stay off stdout", async () => {
    const bytes = randomBytes(1 << 20);
    const { child, ended } = start({ command: ["sha256sum"] });
    child.stdin.end(bytes);
    const { out, err } = await ended;
    expect(out).toBe(`${createHash("sha256").update(bytes).digest("hex")}  -\n`);
    expect(err).toBe("summary line\n");
  });

  test("the host learns the command's own pid before it ends, and ends after it", async () => {
    const { child, ended } = start({ command: ["sh", "-c", "echo $$"] });
    const { out } = await ended;
    expect(diary()).toEqual([
      `open ${join(folder, `gst-pyroscope-20260102T030405Z-${child.pid}`)}`,
      `watch ${out.trim()}`,
      "finish",
    ]);
  });

  test("a command without GStreamer is told so", async () => {
    const { err, code } = await start({ command: ["true"], environment: { HOST: "idle" } }).ended;
    expect([err, code]).toEqual(["gst-pyroscope: no GStreamer activity seen in true: nothing was profiled\n", 0]);
  });
});

describe("signals reach the command once", () => {
  async function send(child: ChildProcess, said: { out: string }, signal: NodeJS.Signals, answer: string) {
    await until("the command", () => said.out.includes("ready"));
    child.kill(signal);
    await until(answer, () => said.out.includes(answer));
  }

  test("SIGTERM and, away from a terminal, SIGINT are handed on", async () => {
    const { child, said, ended } = start({ command: counting });
    await send(child, said, "SIGINT", "interrupt 1");
    child.kill("SIGTERM");
    const { out, code } = await ended;
    expect([out, code]).toEqual(["ready\ninterrupt 1\nsum 1\n", 7]);
  });

  test("Ctrl-C on a terminal interrupts the command once", async () => {
    const { child, said, ended } = start({ command: counting }, ["python3", join(here, "../../helpers/terminal.py")]);
    await until("the command", () => said.out.includes("ready"));
    child.stdin.write("type ^C\n");
    await until("an interrupt", () => said.out.includes("interrupt 1"));
    child.stdin.write("kill SIGTERM\n"); // comes after whatever the interrupt made us send
    const { out } = await ended;
    expect(out.replaceAll("\r", "")).toContain("interrupt 1\nsum 1\n");
    expect(out).not.toContain("interrupt 2");
    expect(out.trim().endsWith("status 7")).toBe(true);
  });

  test("Ctrl-C ends a command that does not catch it, and us with it, after the summary", async () => {
    const { child, said, ended } = start({ command: ["sh", "-c", "echo ready; exec sleep 1000"] }, [
      "python3",
      join(here, "../../helpers/terminal.py"),
    ]);
    await until("the command", () => said.out.includes("ready"));
    child.stdin.write("type ^C\n");
    const { out } = await ended;
    expect(diary().at(-1)).toBe("finish");
    expect(out).toContain("summary line");
    expect(out.trim().endsWith("signal SIGINT")).toBe(true);
  });

  test("somebody who signals while we deliver is obeyed at once", async () => {
    const { child, ended } = start({ command: ["sh", "-c", "exit 4"], environment: { HOST: "hangs" } });
    await until("delivery", () => diary().includes("finish"));
    child.kill("SIGTERM");
    const { code, err } = await ended;
    expect([code, err]).toEqual([4, "gst-pyroscope: stopped before everything was delivered\n"]);
  });
});

describe("a command that may run for a time", () => {
  const over = "gst-pyroscope: --duration is over: the command is interrupted\n";

  test("is interrupted then, and may end as it likes", async () => {
    const careful = ["sh", "-c", "trap 'exit 6' INT; while :; do sleep 0.1; done"];
    const { code, err } = await start({ command: careful, duration: "3s" }).ended;
    expect([code, err]).toEqual([6, `${over}summary line\n`]);
  });

  test("has done what was wanted when it dies of that", async () => {
    const { code, signal, err } = await start({ command: ["sleep", "1000"], duration: "100ms" }).ended;
    expect([code, signal, err]).toEqual([0, null, `${over}summary line\n`]);
  });

  test("is terminated when it does not care, and nothing is said of one that was faster", async () => {
    const deaf = ["sh", "-c", "trap '' INT; exec sleep 1000"];
    const { code, err } = await start({ command: deaf, duration: "1s" }).ended;
    expect([code, err]).toEqual([0, `${over}gst-pyroscope: it does not end: it is terminated\nsummary line\n`]);
    const faster = await start({ command: ["sh", "-c", "exit 5"], duration: "1h" }).ended;
    expect([faster.code, faster.err]).toEqual([5, "summary line\n"]);
  });
});

describe("the page at the end", () => {
  const page = () => {
    const dir = mkdtempSync(join(folder, "opened-"));
    writeFileSync(join(dir, "report.html"), "page");
    // The host of these tests writes none: it is there already.
    const older = { format: "gst-pyroscope-capture", version: 2, complete: true };
    writeFileSync(join(dir, "capture.json"), JSON.stringify(older));
    return { dir, settings: { command: ["true"], flags: { capture: dir }, replace: true, open: true } };
  };
  const opener = (script: string) => {
    const bin = mkdtempSync(join(folder, "opener-"));
    writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { PATH: `${bin}:${folder}/bin:/usr/bin:/bin` };
  };

  test("is opened by the desktop's own program, where --open asks for it", async () => {
    const { dir, settings } = page();
    const environment = opener('echo "$@" >"$1.seen"');
    const { err } = await start({ ...settings, environment }).ended;
    expect(err).toBe("summary line\n");
    expect(readFileSync(join(dir, "report.html.seen"), "utf8")).toBe(`${dir}/report.html\n`);
    await start({ ...settings, open: false, environment: opener('touch "$1.again"') }).ended;
    expect(readdirSync(dir)).not.toContain("report.html.again");
  });

  test("is named where nothing shows pages", async () => {
    const { dir, settings } = page();
    const why = (what: string) =>
      `summary line\ngst-pyroscope: xdg-open ${what}: open ${dir}/report.html in a browser\n`;
    const failed = await start({ ...settings, environment: opener("exit 3") }).ended;
    expect([failed.code, failed.err]).toEqual([0, why("found nothing that shows pages")]);
  });
});

test("a terminal has one line of progress, which is gone at the end; --duration is in it", async () => {
  const terminal = ["python3", join(here, "../../helpers/terminal.py")];
  const environment = { TERM: "xterm" };
  const { said, child } = start({ command: counting, duration: "1h", environment }, terminal);
  const clear = "\u001b[2K";
  const drawn = () => said.out.split("\r").flatMap((part) => part.split(`${clear}gst-pyroscope: `)[1] ?? []);
  await until("two lines", () => new Set(drawn()).size >= 2);
  child.stdin.write("kill SIGTERM\n");
  await until("the end", () => /status \d/.test(said.out));
  for (const line of drawn()) expect(line).toMatch(/^0:\d\d of 1:00:00, profiling one process$/);
  const after = said.out.slice(said.out.lastIndexOf("profiling one process"));
  expect(after).toContain(`\r${clear}\rsummary line`);
});

test("no terminal, no line", async () => {
  const { err } = await start({ command: ["sleep", "2.5"], environment: { TERM: "xterm" } }).ended;
  expect(err).toBe("summary line\n");
});

describe("what the command finds in its environment", () => {
  async function seen(settings: Omit<Settings, "command">) {
    const { out } = await start({ ...settings, command: ["env"] }).ended;
    return Object.fromEntries(out.split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
  }

  test("our tracer after those that were there, our plugin folder before others, and who hosts the agent", async () => {
    const { child, ended } = start({
      command: ["env"],
      environment: { GST_TRACERS: "latency(flags=element);stats", GST_PLUGIN_PATH: "/opt/a:/opt/b" },
      flags: { "sample-rate": "250", timing: "off" },
    });
    const { out } = await ended;
    expect(out).toContain("\nGST_TRACERS=latency(flags=element);stats;pyroscope(sample-rate=250,timing=off)\n");
    expect(out).toContain(`\nGST_PLUGIN_PATH=${join(folder, "plugin")}:/opt/a:/opt/b\n`);
    expect(out).toContain(`\nGST_PYROSCOPE_HOST_PID=${child.pid}\n`);
  });

  test("a tracer of ours that is listed already is not listed twice", async () => {
    const environment = { GST_TRACERS: "stats;pyroscope(sample-rate=10);leaks" };
    expect((await seen({ environment })).GST_TRACERS).toBe("stats;pyroscope(sample-rate=10);leaks");
    const flags = { "sample-rate": "99" };
    expect((await seen({ environment, flags })).GST_TRACERS).toBe(
      "stats;pyroscope(sample-rate=10,sample-rate=99);leaks",
    );
  });

  test("a flag that cannot be written as a parameter comes as a variable, and still wins over parameters", async () => {
    const environment = { GST_TRACERS: 'pyroscope(exclude-filter="a,b",sample-rate=10)' };
    const variables = await seen({
      environment,
      flags: { "exclude-filter": "^(q|a{1,2}):", "include-filter": "sink$" },
    });
    expect(variables.GST_PYROSCOPE_EXCLUDE_FILTER).toBe("^(q|a{1,2}):");
    expect(variables.GST_TRACERS).toBe("pyroscope(sample-rate=10,include-filter=sink$)");
  });

  test("a value from a file comes as a variable, so that parameters still win", async () => {
    const file = join(folder, "settings.json");
    writeFileSync(file, '{"sample-rate": 42}');
    const variables = await seen({ environment: { GST_PYROSCOPE_CONFIG: file } });
    expect([variables.GST_PYROSCOPE_SAMPLE_RATE, variables.GST_TRACERS]).toEqual(["42", "pyroscope"]);
  });
});

describe("what makes it pointless to start is said in one line, and 125", () => {
  async function refusal(settings: Settings) {
    const { code, out, err } = await start(settings).ended;
    expect([code, out]).toEqual([125, ""]);
    return err;
  }
  const command = ["echo", "started"];

  test("no command", async () => {
    expect(await refusal({ command: [] })).toMatch(/^gst-pyroscope: which command\?.*\n$/);
  });

  test("wrong flags, all of them", async () => {
    const err = await refusal({ command, flags: { "sample-rate": "many", timing: "wrp" } });
    expect(err.trim().split("\n")).toHaveLength(2);
    expect(err).toContain("did you mean wrap?");
  });

  test("a duration that is none, and a page of no capture", async () => {
    const flags = { "server-url": "http://127.0.0.1:1" };
    expect(await refusal({ command, flags, duration: "soon", open: true })).toBe(
      'gst-pyroscope: --duration: "soon" is not a duration such as 500ms, 10s or 2min\n' +
        "gst-pyroscope: --open needs a capture: name its directory with --capture\n",
    );
    expect(await refusal({ command, duration: "1ms" })).toBe(
      "gst-pyroscope: --duration: 1ms is outside 100ms to 480h\n",
    );
  });

  test("wrong variables are said but do not stop a command", async () => {
    const environment = { GST_PYROSCOPE_SAMPLE_RATE: "many" };
    const { code, out, err } = await start({ command, environment }).ended;
    expect([code, out]).toEqual([0, "started\n"]);
    expect(err).toContain('sample-rate (GST_PYROSCOPE_SAMPLE_RATE): "many" is not a whole number; using 100\n');
  });

  test("a plugin that does not load", async () => {
    const err = await refusal({ command, realInspect: true });
    expect(err).toMatch(/^gst-pyroscope: GStreamer does not load .*libgstpyroscope\.so: .+\n$/);
  });

  test("a host that cannot begin", async () => {
    const environment = { HOST: "refuses" };
    expect(await refusal({ command, environment })).toBe("gst-pyroscope: the capture directory is not empty\n");
  });

  /** One of each kind in a folder of its own. */
  function inTheWay(): string {
    const dir = mkdtempSync(join(folder, "captures-"));
    for (const name of ["capture", "foreign", "elsewhere"]) mkdirSync(join(dir, name));
    const older = { format: "gst-pyroscope-capture", version: 2, complete: true };
    writeFileSync(join(dir, "capture/capture.json"), JSON.stringify(older));
    writeFileSync(join(dir, "foreign/letter.txt"), "mine");
    writeFileSync(join(dir, "file"), "mine");
    symlinkSync(join(dir, "elsewhere"), join(dir, "link"));
    return dir;
  }

  test.each([
    ["capture", "there is a capture already; another directory or --replace is needed"],
    ["foreign", "the directory holds other files"],
    ["file", "this is not a directory"],
    ["link", "not written to, since it may be somebody else's (a symbolic link)"],
  ])("a directory for the capture that is a %s, which stays as it is", async (name, why) => {
    const dir = inTheWay();
    const before = readdirSync(dir, { recursive: true });
    expect(await refusal({ command, flags: { capture: join(dir, name) } })).toBe(
      `gst-pyroscope: ${join(dir, name)}: ${why}\n`,
    );
    expect(readdirSync(dir, { recursive: true })).toEqual(before);
  });

  test("no older capture that may be replaced, but other files all the same", async () => {
    const dir = inTheWay();
    const asked = { command, replace: true };
    const { code, out } = await start({ ...asked, flags: { capture: join(dir, "capture") } }).ended;
    expect([code, out]).toEqual([0, "started\n"]);
    expect(await refusal({ ...asked, flags: { capture: join(dir, "foreign") } })).toContain("other files");
  });

  test.each([
    ["/dev/null/nowhere", "ENOTDIR"],
    ["/proc/nowhere", "ENOENT"],
  ])("a capture that cannot be written to %s", async (capture, code) => {
    expect(await refusal({ command, flags: { capture } })).toBe(
      `gst-pyroscope: cannot write a capture to ${capture} (${code}); name another directory with --capture\n`,
    );
  });
});
