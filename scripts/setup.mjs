// What must be on this machine before anything can be built? Checks it, and installs what is missing when it may.
// Runs before there is a node_modules: only what Node brings itself. Does nothing twice.
// SPDX-License-Identifier: MPL-2.0
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ask, asProgram, beside, readText, root, run, StepFailed, step } from "./steps.mjs";

const oldestNode = JSON.parse(readText("package.json")).engines.node.replace(">=", "");
/** Exit code when something is missing that this program may not or cannot install. */
const cannotSetUp = 3;

/** TABLE: Debian packages. `need: "test"` only for npm test. */
const packages = [
  { name: "build-essential", need: "demo", why: "compiler and linker" },
  { name: "cmake", need: "demo", why: "builds plugin and addon" },
  { name: "pkg-config", need: "demo", why: "finds GStreamer's headers" },
  { name: "libgstreamer1.0-dev", need: "demo", why: "headers for the tracer plugin" },
  { name: "libdw-dev", need: "demo", why: "headers and library that name functions" },
  { name: "libelf-dev", need: "demo", why: "headers and library that read modules" },
  { name: "liblzma-dev", need: "demo", why: "headers and library that unpack symbols inside modules" },
  { name: "gstreamer1.0-tools", need: "demo", why: "gst-launch-1.0 and gst-inspect-1.0" },
  { name: "gstreamer1.0-plugins-base", need: "demo", why: "test sources, converters, opusenc" },
  { name: "gstreamer1.0-plugins-good", need: "demo", why: "vp8enc, jpegenc, lamemp3enc" },
  { name: "gstreamer1.0-plugins-bad", need: "demo", why: "h264parse" },
  { name: "gstreamer1.0-plugins-ugly", need: "demo", why: "x264enc" },
  { name: "gstreamer1.0-libav", need: "demo", why: "avenc_aac, avenc_mpeg4" },
  { name: "libgstreamer-plugins-base1.0-dev", need: "test", why: "headers for test plugins and programs" },
  { name: "libgtest-dev", need: "test", why: "native tests" },
  { name: "liborc-0.4-dev", need: "test", why: "a program that makes code at run time" },
  { name: "libunwind-dev", need: "test", why: "oracle for our stacks" },
  { name: "elfutils", need: "test", why: "oracle for our unwind tables and names" },
  { name: "debuginfod", need: "test", why: "a server of symbols" },
  { name: "xz-utils", need: "test", why: "packs symbols into a module, as Fedora does" },
  { name: "clang-format", need: "test", why: "native style" },
  { name: "procps", need: "test", why: "ps: nothing of ours shows in a host" },
  { name: "python3-pip", need: "test", why: "fetches the schema of Perfetto's traces" },
  { name: "python3-gi", need: "test", why: "a host in Python" },
  { name: "gir1.2-gstreamer-1.0", need: "test", why: "a host in Python" },
  { name: "gstreamer1.0-nice", need: "test", why: "webrtcbin: its transport" },
  { name: "chromium", need: "test", why: "the report in a browser" },
  { name: "libfaketime", need: "test", why: "a pipeline on a machine whose clock is wrong" },
  { name: "fonts-dejavu-core", need: "test", why: "the report in a browser" },
];

function checkNode() {
  const running = process.versions.node;
  const [[major, minor], [needed, least]] = [running, oldestNode].map((version) => version.split(".").map(Number));
  if (major < needed || (major === needed && minor < least))
    throw new StepFailed(`Node ${running} is too old: ${oldestNode} or newer is needed`, cannotSetUp);
}

function missingPackages(need) {
  const wanted = packages.filter((row) => need === "test" || row.need === "demo");
  const names = wanted.map((row) => row.name);
  // dpkg-query fails when it does not know one name, but says what it knows.
  const known = ask("sh", [
    "-c",
    `command -v dpkg-query >/dev/null && { dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' ${names.join(" ")} 2>/dev/null || true; }`,
  ]);
  if (known === undefined) return undefined;
  const installed = new Set(
    known
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return wanted.filter((row) => !installed.has(row.name));
}

/** How may we become root? A prefix for the command; undefined: not at all. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (ask("sudo", ["-n", "true"]) !== undefined) return ["sudo", "-n"];
  return undefined;
}

function installPackages(missing) {
  const names = missing.map((row) => row.name);
  const width = Math.max(...names.map((name) => name.length));
  for (const row of missing) console.log(`missing: ${row.name.padEnd(width)}  ${row.why}`);
  const prefix = rootPrefix();
  if (prefix === undefined) {
    const line = `apt-get update && apt-get install -y --no-install-recommends ${names.join(" ")}`;
    throw new StepFailed(
      `These packages are missing and this user may not install them. As root:\n\n  ${line}\n`,
      cannotSetUp,
    );
  }
  const apt = (...args) => {
    const [program, ...rest] = [
      ...prefix,
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "-q",
      "-o",
      "DPkg::Lock::Timeout=300",
      ...args,
    ];
    run(program, rest);
  };
  apt("update");
  apt("install", "-y", "--no-install-recommends", ...names);
}

async function setUpPackages(need) {
  const missing = missingPackages(need);
  if (missing === undefined) {
    const names = packages.filter((row) => need === "test" || row.need === "demo").map((row) => row.name);
    console.log(`No dpkg here: cannot check for what Debian calls ${names.join(" ")}`);
  } else if (missing.length > 0) {
    await step(`installing ${missing.length} Debian packages`, () => installPackages(missing));
  }
}

/** What node_modules was made from. */
function lockState() {
  const hash = createHash("sha256");
  const { platform, arch, versions } = process;
  for (const part of [readText("package-lock.json"), platform, arch, versions.modules]) hash.update(`${part}\n`);
  return hash.digest("hex");
}

async function setUpModules() {
  const folder = lstatSync(`${root}node_modules`, { throwIfNoEntry: false });
  if (folder?.isSymbolicLink()) return; // somebody shares one between checkouts and looks after it
  const stamp = "node_modules/.gst-pyroscope-lock";
  if (folder && readText(stamp) === lockState()) return;
  await step("installing npm packages", () => run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]));
  writeFileSync(root + stamp, lockState());
}

/** Node brings SQLite itself from here on. */
const nodeWithSqlite = [22, 13];

/**
 * The session service keeps its sessions in SQLite. Its ready-made binary comes from a server that may be out of reach; the compiler does without.
 * It takes one core for a minute: it goes on beside what comes next, and who needs it waits for `done`.
 */
function setUpSqlite() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const brought = major > nodeWithSqlite[0] || (major === nodeWithSqlite[0] && minor >= nodeWithSqlite[1]);
  const folder = `${root}node_modules/better-sqlite3`;
  if (brought || !existsSync(folder) || existsSync(`${folder}/build/Release/better_sqlite3.node`))
    return { done: Promise.resolve() };
  const headers = join(dirname(process.execPath), "..");
  // Debian's headers of Node lie beside its binary; elsewhere node-gyp fetches them.
  const env = existsSync(join(headers, "include/node/node.h")) ? { npm_config_nodedir: headers } : {};
  const title = `compiling SQLite for Node ${major}`;
  console.log(
    `== ${title}, beside what comes next: one to three minutes; Node ${nodeWithSqlite.join(".")} brings its own`,
  );
  return { done: beside(title, "npm", ["rebuild", "better-sqlite3"], env) };
}

/** Newer Go compiles its pprof when it is first asked for, which takes a minute: more than a test waits. */
function setUpPprof() {
  if (ask("go", ["version"]) === undefined) return; // the tests that need it are skipped
  console.log("== asking Go for its pprof, which only tests need: up to five minutes where it compiles it first");
  if (ask("go", ["tool", "-n", "pprof"]) === undefined)
    console.log("go tool pprof is not to be had: its tests will fail");
}

/** What tests hold exported timelines against. Without it they are skipped. */
const perfetto = {
  version: "0.59.1",
  file: "perfetto-0.59.1-py3-none-any.whl",
  sha256: "fde529ecdf28042112d452ed431d51b797b4eea1378c10d7d25af5d36db719a3",
};

function setUpPerfetto() {
  const folder = `${root}build/perfetto`;
  const file = `${folder}/${perfetto.file}`;
  if (existsSync(file)) return;
  const words = ["download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest", folder];
  if (ask("python3", ["-m", "pip", ...words, `perfetto==${perfetto.version}`]) === undefined || !existsSync(file)) {
    console.log("The schema of Perfetto's traces is not to be had (python3 -m pip download): its tests are skipped");
    return;
  }
  if (createHash("sha256").update(readFileSync(file)).digest("hex") === perfetto.sha256) return;
  rmSync(file);
  throw new StepFailed(`${perfetto.file} is not the one that was published: its SHA-256 differs`);
}

/** need: "demo", "lab" or "test". `sqlite.done`: when the session service can be used; rejects with why it cannot. */
export async function setUp(need) {
  checkNode();
  await setUpPackages(need);
  await setUpModules();
  const sqlite = need === "demo" ? { done: Promise.resolve() } : setUpSqlite();
  if (need === "test") {
    setUpPprof();
    setUpPerfetto();
  }
  return { sqlite };
}

await asProgram(import.meta.url, async (args) => {
  const { sqlite } = await setUp(args.includes("--demo") ? "demo" : "test");
  await sqlite.done;
  console.log("Everything needed is here.");
});
