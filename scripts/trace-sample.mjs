// Which functions does a CPU sample pass, from the signal handler to the server? Follows real ones and compares with docs/architecture.md.
//   node scripts/trace-sample.mjs      needs gdb
// SPDX-License-Identifier: MPL-2.0
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { asProgram, root, StepFailed } from "./steps.mjs";

/** Times that the target is stopped: first stacks wait for their tables, and are committed outside the handler. */
const STOPS = 60;
const PIPELINE = "videotestsrc num-buffers=200 ! jpegenc ! fakesink".split(" ");

/** The steps of a half of the path: [{ name, file }]. */
export function stepsOf(heading) {
  const text = readFileSync(`${root}docs/architecture.md`, "utf8");
  const [, part = ""] = text.split(`${heading}:\n\n`);
  const [list = ""] = part.split("\n\n");
  return [...list.matchAll(/^\d+\. `([^`]+)` \(`([^`]+)`\)/gm)].map(([, name, file]) => ({ name, file }));
}

const environment = (dir) => ({
  ...process.env,
  GST_PLUGIN_PATH: `${root}build/plugin`,
  GST_REGISTRY: path.join(dir, "registry"),
  GST_TRACERS: "pyroscope",
});

/** gdb stops in the handler where the record is committed, or in what is on the way there, and says who called. */
function traceTarget(dir, steps) {
  const places = steps.map(({ name, file }) => (name.includes("::") ? name : `${path.basename(file)}:${name}`));
  const commands = [
    ["set", "breakpoint", "pending", "on"].join(" "),
    "set pagination off",
    "handle all nostop noprint pass",
    ...places.map((place) => `break ${place}`),
    "run",
    ...Array.from({ length: STOPS }, () => ["backtrace 8", "continue"]).flat(),
    "kill",
  ];
  const args = ["-q", "-batch", ...commands.flatMap((command) => ["-ex", command]), "--args", "gst-launch-1.0", "-q"];
  const { stdout = "", error } = spawnSync("gdb", [...args, ...PIPELINE], {
    env: { ...environment(dir), GST_PYROSCOPE_AGENT: "/bin/false" },
    encoding: "utf8",
    timeout: 120_000,
  });
  if (error) throw new StepFailed(`gdb: ${error.message}`);
  const frames = stdout.split("\n").filter((line) => /^#\d+ /.test(line));
  return frames
    .join("\n")
    .split(/\n(?=#0 )/)
    .map((stack) => stack.split("\n"));
}

/** "#1  0x… in pyro::sampling::(anonymous namespace)::sample (record=…) at …" → "sample". */
const shortName = (frame) => {
  const [, name = ""] = /^#\d+ +(?:0x\w+ in )?((?:\(anonymous namespace\)::|[\w:~])+)/.exec(frame) ?? [];
  return name.replace(/pyro::\w+::|\(anonymous namespace\)::/g, "");
};

/** As much of `wanted` as `all` has in that order. */
function subsequence(all, wanted) {
  let next = 0;
  for (const name of all) if (name === wanted[next]) next++;
  return wanted.slice(0, next);
}

/** Runs in the agent before it: a breakpoint that never stops at each function's begin, and a line whenever another one is passed. */
const preload = (steps) => `
import inspector from "node:inspector";
const steps = ${JSON.stringify(steps)};
const session = new inspector.Session();
session.connect();
let last = "";
globalThis.__passes = (name) => { if (name !== last) process.stderr.write("passes " + (last = name) + "\\n"); return false; };
session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => {
  const here = steps.filter(({ file }) => url.endsWith(file));
  if (here.length === 0) return;
  session.post("Debugger.getScriptSource", { scriptId }, (_, { scriptSource }) => {
    const lines = scriptSource.split("\\n");
    for (const { name } of here) {
      const [method] = name.split(".").reverse();
      const at = lines.findIndex((line) => new RegExp("^(export )?(    )?(async )?(function )?" + method.replace("#", "\\\\#") + "\\\\(.*\\\\{$").test(line));
      if (at < 0) process.stderr.write("no " + name + "\\n");
      session.post("Debugger.setBreakpoint", { location: { scriptId, lineNumber: at + 1 }, condition: "__passes(" + JSON.stringify(name) + ")" });
    }
  });
});
session.post("Debugger.enable");
`;

async function traceAgent(dir, steps) {
  const inDist = steps.map(({ name, file }) => ({
    name,
    file: file.replace(/^src\//, "dist/").replace(/\.ts$/, ".js"),
  }));
  const answer = { "content-type": "application/proto" }; // as Pyroscope's
  const server = createServer((request, response) =>
    request.resume().on("end", () => response.writeHead(200, answer).end()),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const code = `data:text/javascript,${encodeURIComponent(preload(inDist))}`;
  const url = `http://127.0.0.1:${server.address().port}`;
  const args = [
    "--import",
    code,
    `${root}dist/cli.js`,
    "run",
    "--server-url",
    url,
    "--upload-interval",
    "1s",
    "--capture",
  ];
  const agent = spawn(
    process.execPath,
    [...args, path.join(dir, "capture"), "--", "gst-launch-1.0", "-q", ...PIPELINE],
    {
      env: { ...environment(dir), GST_TRACERS: undefined },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let text = "";
  agent.stderr.on("data", (data) => {
    text += data;
  });
  await new Promise((resolve) => agent.once("close", resolve));
  server.close();
  return text.split("\n").flatMap((line) => /^passes (.*)$/.exec(line)?.[1] ?? (line.startsWith("no ") ? [line] : []));
}

await asProgram(import.meta.url, async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "pyro-trace-"));
  try {
    const target = stepsOf("In the target, inside the signal handler");
    const agent = stepsOf("In the agent");
    const stacks = traceTarget(dir, target);
    const inHandler = stacks.filter((stack) => stack.some((frame) => frame.includes("signal handler called")));
    const names = inHandler.map((stack) =>
      stack.slice(
        0,
        stack.findIndex((frame) => frame.includes("signal handler")),
      ),
    );
    console.log("in the target, inside the signal handler, from the outside in:");
    for (const stack of new Set(names.map((frames) => frames.map(shortName).reverse().join(" > "))))
      console.log(`  ${stack}`);
    const missed = target.filter(({ name }) => !names.flat().some((frame) => shortName(frame).endsWith(name)));
    if (missed.length > 0)
      throw new StepFailed(`the handler did not pass ${missed.map(({ name }) => name).join(", ")}`);
    const passed = await traceAgent(dir, agent);
    const path = subsequence(
      passed,
      agent.map(({ name }) => name),
    );
    console.log("in the agent:");
    for (const name of path) console.log(`  ${name}`);
    if (path.length < agent.length)
      throw new StepFailed(`then not ${agent[path.length].name}: docs/architecture.md has another path`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
