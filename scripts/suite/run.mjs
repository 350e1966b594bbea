// How does one suite run once: with which environment is each test program started? `meson test` in the chroot, through a wrapper
// that puts the tracer in or leaves it out. For scripts/suite.mjs.
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { StepFailed } from "../steps.mjs";
import { allReports, read, readFolder, readLeaks, readResults, readWitness } from "./logs.mjs";
import { buildFolder, prefixEnvironment } from "./source.mjs";

/**
 * TABLE: checks that fail or hang now and then without any tracer, and why. They are left out of every run.
 * The parser_* quit a main loop that may not run yet (without 13 of 50 runs, with 10 of 50, on a busy machine).
 */
const flaky = [
  ...["parser_pull_frame_growth", "parser_pull_short_read", "parser_reverse_playback", "parser_convert_duration"],
  "test_appsrc_blocked_on_caps", // base, appsrc: waits 20 s for a thread that may have run before
  "test_video_caps_late", // good, flvmux: the same
  "test_sender_eos", // good, rtpbin: a BYE may come before the stream does
];

/** At most so many agents run at once, and no test program starts while so many more wait: they are a burst of thousands. */
const agentsAtOnce = 6;
const agentsWaiting = 18;

const inside = "/opt/suite";
/** Where the project is, inside. */
export const project = "/pyroscope";

// The slot is a lock that dies with the agent, and so is the share in `agents`, by which the end of all is awaited.
const agentScript = `#!/bin/sh
# What the tracer starts as agent: a slot, then the agent itself.
exec 8>>/run/agents 9>>/run/agent-slot-$(($$ % ${agentsAtOnce}))
flock -s 8 && flock 9
exec ${project}/bin/node ${project}/dist/cli.js "$@"
`;

const backpressure = `touch /run/agents
lock=":$(stat -c %i /run/agents) "
while [ "$(grep -c "$lock" /proc/locks)" -gt ${agentsAtOnce + agentsWaiting} ]; do sleep 0.1; done
`;

function shell(variables) {
  return Object.entries(variables).map(([name, value]) => `export ${name}="${value}"\n`);
}

/** The script that meson starts each test program through. The loading whitelist is extended, not replaced. */
function wrapper(name, engine, options) {
  const lines = shell({
    CK_TIMEOUT_MULTIPLIER: options.sanitize ? 8 : 4,
    GST_CHECKS_IGNORE: flaky.join(","),
    GST_REGISTRY: `$GST_REGISTRY.${name}`,
  });
  const tracers = options.leaks ? ["leaks"] : [];
  const preload = options.sanitize ? ["libasan.so", "libubsan.so"].map((file) => `${project}/${file}`) : [];
  if (options.leaks)
    lines.push(
      ...shell({
        GST_DEBUG: "GST_TRACER:7",
        GST_DEBUG_NO_COLOR: 1,
        GST_DEBUG_FILE: `${inside}/${name}/leaks/$(basename "$1")`,
      }),
    );
  if (options.sanitize) {
    // No verbosity: what it makes a thread print, it prints under a lock, and our ticks come in between: threads hang.
    // The two share the path and the last one sets it, but undefined behaviour is told to stderr all the same.
    const log = `${inside}/${name}/reports/$(basename "$1")`;
    lines.push(
      ...shell({
        ASAN_OPTIONS: `detect_leaks=0:log_path=${log}`,
        UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}`,
      }),
    );
  }
  if (engine !== "none") {
    tracers.unshift("pyroscope");
    preload.push(`${project}/witness.so`);
    const plugins = `${project}/build/plugin`;
    lines.push(
      ...shell({
        GST_PLUGIN_PATH_1_0: `$GST_PLUGIN_PATH_1_0:${plugins}`,
        GST_PLUGIN_LOADING_WHITELIST: `$GST_PLUGIN_LOADING_WHITELIST:pyroscope@${plugins}`,
        GST_PYROSCOPE_TIMING: engine,
        GST_PYROSCOPE_SAMPLE_RATE: options.rate,
        SEGMENT_WITNESS_LOG: `${inside}/${name}/witness`,
        ...(options.agent
          ? {
              GST_PYROSCOPE_AGENT: `${inside}/agent.sh`,
              GST_PYROSCOPE_SERVER_URL: options.servers.pyroscope,
              GST_PYROSCOPE_OTLP_ENDPOINT: options.servers.collector,
            }
          : { GST_PYROSCOPE_HOST_PID: 2147483647 }) /* nobody: no agent, no wait */,
      }),
    );
  }
  if (tracers.length > 0) lines.push(...shell({ GST_TRACERS: tracers.join(";") }));
  if (preload.length > 0) lines.push(...shell({ LD_PRELOAD: preload.join(" ") }));
  return `#!/bin/sh\n${options.agent && engine !== "none" ? backpressure : ""}${lines.join("")}exec "$@"\n`;
}

/** Runs `suite` under `engine` ("none": no tracer); `only`: names of tests, none = all. */
export async function runSuite(chroot, suite, engine, options, { label, only }) {
  const name = `${label}-${suite}-${engine}`;
  const folder = path.join(chroot.root, inside, name);
  rmSync(folder, { recursive: true, force: true });
  for (const sub of ["leaks", "reports"]) mkdirSync(path.join(folder, sub), { recursive: true });
  writeFileSync(path.join(chroot.root, inside, "agent.sh"), agentScript, { mode: 0o755 });
  writeFileSync(path.join(chroot.root, inside, `${name}.sh`), wrapper(name, engine, options), { mode: 0o755 });
  const log = path.join(chroot.root, buildFolder(suite), "meson-logs", `${name}-${name}.sh.json`);
  rmSync(log, { force: true });
  const words = ["meson", "test", "-C", buildFolder(suite), "--no-rebuild", "--logbase", name, "-t", "8"];
  const more = ["--wrapper", `${inside}/${name}.sh`, "--num-processes", options.jobs, ...only];
  const waiting = 'touch /run/agents; "$@"; flock -x -w 120 /run/agents true || echo "agents are left"';
  const began = Date.now();
  options.servers?.taken();
  const command = ["sh", "-c", waiting, "sh", ...words, ...more];
  await chroot.start(command, { env: prefixEnvironment, binds: options.binds, log: path.join(folder, "log") });
  const files = readFolder(path.join(folder, "reports"), (text, before = []) => [...before, text]);
  if (!existsSync(log)) throw new StepFailed(`meson wrote no results:\n${read(path.join(folder, "log")).slice(-3000)}`);
  const tests = readResults(read(log));
  return {
    tests,
    processes: readWitness(read(path.join(folder, "witness"))),
    leaks: readFolder(path.join(folder, "leaks"), readLeaks),
    reports: allReports(tests, files),
    delivered: options.servers?.taken() ?? { agents: 0, profiles: 0 },
    seconds: Math.round((Date.now() - began) / 1000),
  };
}
