// Does gstreamer/rebuild.sh yield a GStreamer whose frames all have names? Builds core and base from Debian's source packages into
// build-rebuild/, then profiles pipelines with it and with the system's, and looks at the code: names, frame pointers, CPU seconds.
//   npm test -- rebuild [--keep: what was built before is taken] [--jobs N]
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { root, StepFailed, step } from "./steps.mjs";

const home = path.join(root, "build-rebuild");
const prefix = path.join(home, "gst");
/** CPU seconds for core and base. */
const cpuBar = 180;
/** Fewer prove nothing. */
const fewestSamples = 300;

/** TABLE: pipelines of elements of core and base alone. */
const pipelines = {
  video:
    "videotestsrc num-buffers=2500 ! video/x-raw,format=I420,width=640,height=480 ! videoconvert ! video/x-raw,format=BGRA ! videoscale ! video/x-raw,width=320,height=240 ! queue ! videoconvert ! video/x-raw,format=NV12 ! fakesink",
  audio:
    "audiotestsrc wave=pink-noise num-buffers=40000 ! audio/x-raw,rate=44100,channels=2 ! audioconvert ! audioresample ! audio/x-raw,rate=48000,format=S16LE ! volume volume=0.5 ! fakesink",
};

function quietly(command, args, env = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  if (done.error || done.status !== 0)
    throw new StepFailed(`${command} ${args.join(" ")}: ${done.error?.message ?? done.status}\n${done.stderr}`);
  return done.stdout;
}

/** CPU seconds of the script as the kernel counts them, and what of the system changed meanwhile. */
function rebuild(jobs) {
  const stamp = path.join(home, "stamp");
  writeFileSync(stamp, "");
  const script = path.join(root, "gstreamer/rebuild.sh");
  const time = `times >"${stamp}.times"`;
  const { status } = spawnSync(
    "nice",
    ["bash", "-c", `"$@"; code=$?; ${time}; exit $code`, "-", script, "--prefix", prefix, ...jobs],
    {
      stdio: "inherit",
    },
  );
  if (status !== 0) throw new StepFailed(`rebuild.sh: exit code ${status}`);
  const places = ["/usr", "/etc", "/opt", "/var/lib/apt", "/var/lib/dpkg", "/var/cache/apt"].filter(existsSync);
  const changed = quietly("find", [...places, "-xdev", "-cnewer", stamp])
    .split("\n")
    .filter(Boolean);
  return { cpuSeconds: children(readFileSync(`${stamp}.times`, "utf8")), changed };
}

/** The second line of bash's `times`: user and system time of children. */
function children(text) {
  const [, line = ""] = text.split("\n");
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
}

/** A capture of one pipeline, with the environment that the script wrote or the system's own. */
function capture(name, rebuilt) {
  const dir = path.join(home, `capture-${name}-${rebuilt ? "rebuilt" : "stock"}`);
  rmSync(dir, { recursive: true, force: true });
  const enter = rebuilt ? `. "${prefix}/env.sh"; exec "$@"` : 'exec "$@"';
  const run = [process.execPath, path.join(root, "dist/cli.js"), "run", "--sample-rate", "250", "--capture", dir, "--"];
  const launch = ["gst-launch-1.0", "-q", ...pipelines[name].split(" ")];
  quietly("bash", ["-c", enter, "-", ...run, ...launch], { GST_PLUGIN_PATH: "", GST_TRACERS: "" });
  const files = readdirSync(path.join(dir, "profiles")).map((file) => path.join(dir, "profiles", file));
  return files.map((file) => Profile.decode(gunzipSync(readFileSync(file))));
}

/** What has no symbol is named after its place, and after its class, its pad or its role only besides: the system name says so. */
const isNamed = (name, systemName) =>
  !/\+(fn|code)@0x|^\[|^\(unnamed\)/.test(name) && !/^(type|role) /.test(systemName);

/** One row a function of a profile: { module, address, name, named, frames }; frames: in how many samples it lies. */
function places(profile) {
  const text = (index) => profile.stringTable.strings[Number(index)];
  const modules = new Map(profile.mapping.map((one) => [one.id, text(one.filename)]));
  const functions = new Map(profile.function.map((one) => [one.id, [text(one.name), text(one.systemName)]]));
  const rows = profile.location.map(({ id, mappingId, address, line }) => {
    // Inlined functions come first, the one that the symbol table knows is last.
    const [name, systemName] = functions.get(line.at(-1)?.functionId) ?? ["", ""];
    const named = isNamed(name, systemName);
    return [id, { module: modules.get(mappingId) ?? "", address: BigInt(address), name, named, frames: 0 }];
  });
  const byId = new Map(rows);
  for (const { locationId, value } of profile.sample)
    for (const id of locationId) byId.get(id).frames += Number(value[0]) > 0 ? 1 : 0;
  return [...byId.values()];
}

/** { module: { frames, named } }. */
function byModule(rows) {
  const sums = {};
  for (const { module, frames, named } of rows) {
    sums[module] ??= { frames: 0, named: 0 };
    sums[module].frames += frames;
    if (named) sums[module].named += frames;
  }
  return sums;
}

const percent = (part, all) => `${all === 0 ? "-" : ((100 * part) / all).toFixed(part === all ? 0 : 2)} %`;
const isRebuilt = (module) => module.startsWith(`${prefix}/`);

function shareOf(rows) {
  const sum = (list) => list.reduce((total, { frames }) => total + frames, 0);
  return { frames: sum(rows), named: sum(rows.filter(({ named }) => named)) };
}

function drawModules(rows) {
  const sums = Object.entries(byModule(rows)).sort(([a], [b]) => Number(isRebuilt(b)) - Number(isRebuilt(a)));
  for (const [module, { frames, named }] of sums)
    console.log(
      `  ${isRebuilt(module) ? "rebuilt" : "other  "} ${path.basename(module).padEnd(34)} ${String(frames).padStart(7)} frames, ${percent(named, frames)} named`,
    );
}

/** Functions of a module by its symbol table: [{ start, end, name }]. */
function symbolsOf(module) {
  const lines = quietly("nm", ["-S", "--defined-only", module]).split("\n");
  return lines.flatMap((line) => {
    const [, start, size, name] = /^(\w+) (\w+) [tTwWiu] (\S+)$/.exec(line) ?? [];
    return start === undefined
      ? []
      : [{ start: BigInt(`0x${start}`), end: BigInt(`0x${start}`) + BigInt(`0x${size}`), name }];
  });
}

/** Places whose name is not that of the symbol around them, as another program reads it. */
function falselyNamed(rows) {
  const tables = new Map();
  return rows.filter(({ module, address, name }) => {
    if (!tables.has(module)) tables.set(module, symbolsOf(module));
    return !tables.get(module).some((one) => one.start <= address && address < one.end && one.name === name);
  });
}

/** The start of a frame: rbp on x86-64, x29 on aarch64. */
const setsFrame = /\bmov +%rsp,%rbp|\bmov\s+x29, sp|\bstp\s+x29, x30|\benter\b/;
/** The compiler's own start-up code, and the cold parts of functions whose frame exists. */
const noFunction = /^(_init|_fini|(de)?register_tm_clones|__do_global_dtors_aux|frame_dummy|.*\.cold(\.\d+)?)$/;

const calls = /\bcallq? |\bblr? /;

/** Of a module's code: { calling, framed, without: names } of functions that call others; { leaves, framedLeaves } of the rest. */
function framePointers(module) {
  const code = quietly("objdump", ["-d", "-j", ".text", "--no-show-raw-insn", module]);
  const parts = code.split(/^[0-9a-f]+ <(.*)>:$/m).slice(1);
  const result = { calling: 0, framed: 0, leaves: 0, framedLeaves: 0, without: [] };
  for (let i = 0; i < parts.length; i += 2) {
    const [name, text] = [parts[i], parts[i + 1]];
    if (noFunction.test(name)) continue;
    const isCalling = calls.test(text);
    result[isCalling ? "calling" : "leaves"]++;
    if (setsFrame.test(text)) result[isCalling ? "framed" : "framedLeaves"]++;
    else if (isCalling) result.without.push(`${path.basename(module)}: ${name}`);
  }
  return result;
}

function builtModules() {
  const lib = path.join(prefix, "lib");
  const below = (dir, name) =>
    readdirSync(dir)
      .filter((file) => name.test(file))
      .map((file) => path.join(dir, file));
  return [...below(lib, /\.so\.0$/), ...below(path.join(lib, "gstreamer-1.0"), /\.so$/)];
}

function allFramePointers() {
  const all = builtModules().map(framePointers);
  const sum = (key) => all.reduce((total, one) => total + one[key], 0);
  const sums = Object.fromEntries(["calling", "framed", "leaves", "framedLeaves"].map((key) => [key, sum(key)]));
  return { ...sums, modules: all.length, without: all.flatMap((one) => one.without) };
}

/** One line a check; the names of those that failed. */
function judge(checks) {
  for (const [ok, text] of checks) console.log(`${ok ? "ok    " : "FAILED"} ${text}`);
  return checks.every(([ok]) => ok);
}

function namesOf(pipeline) {
  const rows = capture(pipeline, true).flatMap(places);
  const stock = shareOf(capture(pipeline, false).flatMap(places));
  const ours = rows.filter(({ module }) => isRebuilt(module));
  const [share, all] = [shareOf(ours), shareOf(rows)];
  console.log(`${pipeline}:`);
  drawModules(rows);
  console.log(
    `  all frames: ${percent(all.named, all.frames)} named; with the system's: ${percent(stock.named, stock.frames)}`,
  );
  const wrong = falselyNamed(ours.filter(({ named }) => named));
  for (const { module, name, address } of wrong) console.log(`  ${module} 0x${address.toString(16)} is not ${name}`);
  return [
    [
      share.frames >= fewestSamples && share.named === share.frames,
      `${pipeline}: ${percent(share.named, share.frames)} of ${share.frames} frames of rebuilt modules are named`,
    ],
    [wrong.length === 0, `${pipeline}: the names of ${ours.length} places are those of the symbol table`],
  ];
}

export async function proveRebuild(args) {
  const jobs = args.includes("--jobs") ? ["--jobs", args[args.indexOf("--jobs") + 1]] : [];
  const keep = args.includes("--keep");
  if (!keep) rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const { cpuSeconds, changed } = await step("GStreamer from source packages", () => rebuild(jobs));
  const checks = Object.keys(pipelines).flatMap(namesOf);
  const code = allFramePointers();
  for (const name of code.without.slice(0, 10)) console.log(`no frame pointer: ${name}`);
  console.log(
    `of ${code.leaves} functions that call nobody ${code.framedLeaves} need a stack, and keep a frame pointer`,
  );
  return judge([
    ...checks,
    [
      code.framed === code.calling,
      `${code.framed} of ${code.calling} functions that call others, in ${code.modules} modules, keep a frame pointer`,
    ],
    [
      changed.length === 0,
      `nothing of the system changed${changed.length > 0 ? `: ${changed.slice(0, 5).join(" ")}` : ""}`,
    ],
    ...(keep ? [] : [[cpuSeconds < cpuBar, `${cpuSeconds.toFixed(0)} CPU seconds for core and base, below ${cpuBar}`]]),
  ]);
}
