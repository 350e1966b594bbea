// Where does the source of the installed GStreamer core come from, and how is it built with its tests? For scripts/suite.mjs.
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}

/** Runs to the end; the last lines of its output are shown when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (done.error) stop(`${command}: ${done.error.message}`);
  if (done.status !== 0 && !options.mayFail)
    stop(`${command} ${args.join(" ")} failed:\n${`${done.stdout}${done.stderr}`.split("\n").slice(-30).join("\n")}`);
  return done.stdout ?? "";
}

/** Repeats what apt is configured for, as source lines: the same servers and the same keys. */
function sourceLines() {
  const keys = new Map();
  const folder = "/etc/apt/sources.list.d";
  for (const file of [
    "/etc/apt/sources.list",
    ...(existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []),
  ]) {
    if (!existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    for (const stanza of file.endsWith(".sources") ? text.split(/\n\s*\n/) : text.split("\n")) {
      const key = /^Signed-By:\s*(\S+)$/im.exec(stanza)?.[1] ?? /\bsigned-by=([^\s\]]+)/i.exec(stanza)?.[1];
      for (const [uri] of stanza.replace(/#.*/g, "").matchAll(/\bhttps?:\/\/[^\s]+/g))
        if (key) keys.set(uri.replace(/\/$/, ""), key);
    }
  }
  const format = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)";
  const lines = run("apt-get", ["indextargets", "--format", format])
    .split("\n")
    .map((line) => line.split("|"))
    .filter(([origin, , , , kind]) => origin === "Debian" && kind === "Packages")
    .map(([, uri, release, component]) => {
      const key = keys.get(uri.replace(/\/$/, ""));
      return `deb-src ${key ? `[signed-by=${key}] ` : ""}${uri} ${release} ${component}`;
    });
  if (lines.length === 0) stop("apt knows no Debian archive: run apt-get update");
  return [...new Set(lines)];
}

function fetchSource(version, home) {
  const lists = path.join(home, "lists", "partial");
  mkdirSync(lists, { recursive: true });
  const list = path.join(home, "sources.list");
  writeFileSync(list, `${sourceLines().join("\n")}\n`);
  const options = [
    "-o",
    `Dir::Etc::sourcelist=${list}`,
    "-o",
    "Dir::Etc::sourceparts=-",
    "-o",
    `Dir::State::lists=${path.dirname(lists)}`,
  ];
  console.log(`fetching the source of gstreamer1.0 ${version}`);
  run("apt-get", [...options, "-o", "APT::Sandbox::User=root", "update"]);
  run(
    "apt-get",
    [...options, "-o", "APT::Sandbox::User=root", "source", "--download-only", `gstreamer1.0=${version}`],
    { cwd: home },
  );
  const description = readdirSync(home).find((name) => name.endsWith(".dsc"));
  run("dpkg-source", ["--no-check", "-x", description, "core"], { cwd: home });
}

const without = ["examples", "benchmarks", "introspection", "doc", "nls", "libunwind", "libdw"].map(
  (name) => `-D${name}=disabled`,
);

/** Builds into `home`, unless the same version is there already; returns the version. */
export function buildCore(home, jobs) {
  const version = run("dpkg-query", ["-W", "-f", "${source:Version}", "libgstreamer1.0-0"]).trim();
  const stamp = path.join(home, "built");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === version) return version;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  fetchSource(version, home);
  console.log("building it (about 90 s of CPU)");
  const setup = [
    "setup",
    "b",
    "core",
    "--buildtype=debugoptimized",
    "-Dtests=enabled",
    "-Dcheck=enabled",
    "-Dcoretracers=enabled",
  ];
  run("meson", [...setup, ...without], { cwd: home });
  run("nice", ["ninja", "-C", "b", "-j", jobs], { cwd: home });
  writeFileSync(stamp, version);
  return version;
}
