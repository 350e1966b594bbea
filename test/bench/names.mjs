// What names the frames of stock packages: symbols, types, roles? The demo and six pipelines, every debug file of this machine hidden.
// SPDX-License-Identifier: MPL-2.0
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { pipelineOf } from "./sampling.mjs";

const names = ["demo", "convert", "x264", "audio", "jpeg", "vpx", "libav"];
/**
 * Of the demo's frames: those that a person can read, and those whose name is more than a role. The second share is that with
 * symbols of libc, which name the two outermost frames of every thread: a tenth of all, which have a role without.
 */
const least = { together: 0.6, symbolsAndTypes: 0.38 };
const withFiles = "demo, debug files seen";
const hasLibcFiles = () => existsSync("/usr/lib/debug/.build-id");

/** A command that sees no debug files, in a mount namespace that is gone with it; without root it takes a user namespace besides. */
function stock(command) {
  const user = process.getuid() === 0 ? [] : ["--map-root-user"];
  const hide = '[ ! -d /usr/lib/debug ] || mount -t tmpfs none /usr/lib/debug; exec "$@"';
  return ["unshare", ...user, "--mount", "--propagation", "private", "sh", "-ec", hide, "-", ...command];
}

function run([program, ...args], env) {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** What a frame of this function is called as long as nothing names it. */
const rawName = (file, address) => `${basename(file)}+fn@0x${address}`;

/** The functions that classes and pads of the pipeline hold, by that name. */
function slotsOf(root, words, env) {
  const lines = execFileSync(`${root}build/tests/list-slots`, words, { env, encoding: "utf8", maxBuffer: 1 << 28 });
  const slots = new Map();
  for (const [file, address, what] of lines.split("\n").map((line) => line.split("\t")))
    if (what !== undefined) slots.set(rawName(file, address), what);
  return slots;
}

/** Seconds of samples on each function that has no name, by what it is called instead. */
function rawFunctions(capture) {
  const seconds = new Map();
  for (const file of readdirSync(join(capture, "profiles"))) {
    const profile = Profile.decode(gunzipSync(readFileSync(join(capture, "profiles", file))));
    const functions = new Map(profile.function.map(({ id, name }) => [id, profile.stringTable.strings[Number(name)]]));
    const locations = new Map(profile.location.map(({ id, line }) => [id, functions.get(line.at(-1)?.functionId)]));
    for (const { locationId, value } of profile.sample)
      for (const name of new Set(locationId.map((id) => locations.get(id))))
        if (name?.includes("+fn@")) seconds.set(name, (seconds.get(name) ?? 0) + Number(value[0]) / 1e9);
  }
  return seconds;
}

function measure(root, name, env, dir, enter = stock) {
  const capture = mkdtempSync(join(dir, "capture-"));
  const words = pipelineOf(root, name);
  const cli = [process.execPath, `${root}dist/cli.js`];
  run(enter([...cli, "run", "--no-progress", "--capture", capture, "--", "gst-launch-1.0", "-q", ...words]), env);
  const { cpu } = JSON.parse(run([...cli, "report", capture, "--json"], env)).profile;
  const slots = slotsOf(root, words, { ...env, GST_TRACERS: "" });
  const unnamedSlots = Object.fromEntries(
    [...rawFunctions(capture)].filter(([raw]) => slots.has(raw)).map(([raw, s]) => [`${raw} ${slots.get(raw)}`, s]),
  );
  const share = (frames) => frames / cpu.frames;
  const { framesNamed, framesByType, framesByRole, frames } = cpu;
  const [symbols, types, roles] = [framesNamed, framesByType, framesByRole].map(share);
  return { frames, symbols, types, roles, together: symbols + types + roles, slots: slots.size, unnamedSlots };
}

const percent = (part) => `${(100 * part).toFixed(1)} %`.padStart(9);
const head = `${"".padEnd(withFiles.length)}${["frames", "symbols", "types", "roles", "together"].map((one) => one.padStart(9)).join("")}  slots without a name`;

function lineOf(name, { frames, symbols, types, roles, together, slots, unnamedSlots }) {
  const shares = [symbols, types, roles, together].map(percent).join("");
  return `${name.padEnd(withFiles.length)}${String(frames).padStart(9)}${shares}  ${Object.keys(unnamedSlots).length} of ${slots}`;
}

/** What is not as it should be; none: all is. */
function faultsOf(rows) {
  const faults = Object.entries(rows).flatMap(([name, { unnamedSlots }]) =>
    Object.entries(unnamedSlots).map(([slot, s]) => `${name}: ${slot} has no name, ${s.toFixed(2)} s of samples`),
  );
  const { together } = rows.demo;
  if (together < least.together) faults.push(`demo: only ${percent(together).trim()} of the frames have a name`);
  const { symbols, types } = rows[withFiles] ?? { symbols: 1, types: 0 };
  if (symbols + types < least.symbolsAndTypes)
    faults.push(`${withFiles}: only ${percent(symbols + types).trim()} from symbols and types`);
  return faults;
}

export function namesRow(environment, root) {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-names-"));
  const cache = join(dir, "debuginfod");
  mkdirSync(cache);
  const env = { ...environment(""), DEBUGINFOD_URLS: "", DEBUGINFOD_CACHE_PATH: cache };
  delete env.GST_PYROSCOPE_AGENT;
  const say = (line) => process.stderr.write(`${line}\n`);
  try {
    const rows = {};
    say(head);
    for (const name of names) {
      rows[name] = measure(root, name, env, dir);
      say(lineOf(name, rows[name]));
    }
    if (hasLibcFiles()) {
      rows[withFiles] = measure(root, "demo", env, dir, (command) => command);
      say(lineOf(withFiles, rows[withFiles]));
    }
    const faults = faultsOf(rows);
    for (const fault of faults) say(fault);
    if (faults.length > 0) process.exitCode = 1;
    return { unit: "shares of the frames in all CPU samples", least, ...rows, faults };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
