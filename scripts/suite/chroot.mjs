// Where do GStreamer's suites run without touching this machine? In a Debian of their own, below the suites' home: made once with
// debootstrap from the servers that apt knows, entered in a mount namespace that is gone with the command. For scripts/suite.mjs.
// SPDX-License-Identifier: MPL-2.0
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ask, StepFailed, step } from "../steps.mjs";

const release = "bookworm";
/** Exit code when something is missing that this command does not install. */
const cannotRun = 3;

/** Runs to the end; the last lines of its output are in the error when it fails. */
export function quietly(command, args, { shown = [command, ...args].join(" "), ...options } = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`.split("\n").slice(-40).join("\n");
  if (done.error) throw new StepFailed(`${command}: ${done.error.message}`);
  if (done.status !== 0) throw new StepFailed(`${shown}: exit code ${done.status}\n${output}`);
  return done.stdout;
}

/** What this command needs of the machine: to be root, and programs that every Debian has. */
export function needMachine() {
  const missing = [];
  if (process.getuid?.() !== 0) missing.push("to be root: mount namespaces and chroot");
  for (const name of ["unshare", "chroot", "mount", "apt-get", "dpkg", "dpkg-source"])
    if (ask("sh", ["-c", `command -v ${name}`]) === undefined)
      missing.push(name === "dpkg-source" ? "dpkg-source (apt-get install dpkg-dev)" : name);
  if (missing.length > 0) throw new StepFailed(`The suites need ${missing.join("; ")}`, cannotRun);
}

/** The Debian archives that apt is configured for: [{ uri, release, component }]. */
function archives() {
  const printed = ask("apt-get", ["indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"]) ?? "";
  const found = [...new Set(printed.split("\n"))]
    .map((line) => line.split("|"))
    .filter(([origin, , name]) => origin === "Debian" && name?.startsWith(release))
    .map(([, uri, name, component]) => ({ uri, release: name, component }));
  if (!found.some((one) => one.release === release))
    throw new StepFailed(`apt knows no archive of Debian ${release}: add one to its sources, then apt-get update`, 3);
  return found;
}

/** debootstrap of this machine, else one that is unpacked and not installed. */
function debootstrap(home) {
  if (ask("sh", ["-c", "command -v debootstrap"]) !== undefined) return { program: "debootstrap", env: process.env };
  const tools = path.join(home, "unpacked");
  const program = path.join(tools, "usr/sbin/debootstrap");
  if (!existsSync(program)) {
    mkdirSync(tools, { recursive: true });
    try {
      quietly("apt-get", ["download", "-o", "APT::Sandbox::User=root", "debootstrap"], { cwd: tools });
    } catch (error) {
      throw new StepFailed(`debootstrap is missing (apt-get install debootstrap), and ${error.message}`, cannotRun);
    }
    for (const file of readdirSync(tools).filter((name) => name.endsWith(".deb")))
      quietly("dpkg", ["-x", file, tools], { cwd: tools });
  }
  return { program, env: { ...process.env, DEBOOTSTRAP_DIR: path.join(tools, "usr/share/debootstrap") } };
}

/** apt inside asks the same servers in the same way. */
function configureApt(root, sources) {
  const lines = sources.flatMap((one) =>
    ["deb", "deb-src"].map((kind) => `${kind} ${one.uri} ${one.release} ${one.component}`),
  );
  writeFileSync(path.join(root, "etc/apt/sources.list"), `${lines.join("\n")}\n`);
  const acquire = (ask("apt-config", ["dump"]) ?? "").split("\n").filter((line) => /^Acquire::.* "[^"]+";$/.test(line));
  const more = ['APT::Install-Recommends "false";', 'APT::Sandbox::User "root";', "Dpkg::Use-Pty 0;"];
  writeFileSync(path.join(root, "etc/apt/apt.conf.d/50suite"), `${[...acquire, ...more].join("\n")}\n`);
  copyFileSync("/etc/resolv.conf", path.join(root, "etc/resolv.conf"));
}

// $1 the root, $2 binds as "from to" lines, then the command. All mounts are gone with it.
const entering = `set -e
root=$1 binds=$2; shift 2
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
printf '%s\\n' "$binds" | while read -r from to; do
  [ -n "$from" ] || continue
  if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$(dirname "$root$to")"; : >>"$root$to"; fi
  mount --bind "$from" "$root$to"
  mount -o remount,bind,ro "$root$to"
done
exec chroot "$root" "$@"`;

/** TABLE-like: what a command inside finds in its environment, and nothing else. */
const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LC_ALL: "C.UTF-8", TZ: "UTC" };

/** A Debian in a directory. `binds`: { "/inside": "/outside" }, read-only. */
export class Chroot {
  constructor(home) {
    this.home = home;
    this.root = path.join(home, "root");
  }

  #command(command, { env = {}, binds = {} }) {
    const mounts = Object.entries(binds).map(([to, from]) => `${from} ${to}`);
    const variables = Object.entries({ ...environment, ...env }).map(([name, value]) => `${name}=${value}`);
    const enter = ["-m", "--propagation", "private", "sh", "-c", entering, "sh", this.root, mounts.join("\n")];
    return ["unshare", ...enter, "/usr/bin/env", "-i", ...variables, ...command];
  }

  /** Runs a command inside; its output when it succeeds, an error with the end of it when not. */
  run(command, options = {}) {
    const [program, ...args] = this.#command(command, options);
    return quietly(program, args, { shown: command.join(" ") });
  }

  /** The same without blocking and with nice; the exit code. Output goes to the file `log`. */
  start(command, { log, ...options }) {
    const words = this.#command(command, options);
    const child = spawn("sh", ["-c", 'exec >"$0" 2>&1; exec nice "$@"', log, ...words], { stdio: "ignore" });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => resolve(status));
    });
  }

  /** Does `work` unless it was done for the same `key`. */
  async once(name, key, work) {
    const stamp = path.join(this.home, "stamps", name);
    const hash = createHash("sha256").update(JSON.stringify(key)).digest("hex");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return false;
    rmSync(stamp, { force: true });
    await step(name, work);
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
    return true;
  }

  async make(packages) {
    await this.once("Debian", release, () => {
      const sources = archives();
      const { program, env } = debootstrap(this.home);
      rmSync(this.root, { recursive: true, force: true });
      const mirror = sources.find((one) => one.release === release).uri;
      const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
      const options = ["--variant=minbase", "--include=ca-certificates", `--keyring=${keys}`];
      quietly(program, [...options, release, this.root, mirror], { env });
      configureApt(this.root, sources);
    });
    await this.once("packages", packages, () => {
      this.run(["apt-get", "-q", "update"]);
      this.run(["apt-get", "-q", "install", "-y", ...packages], { env: { DEBIAN_FRONTEND: "noninteractive" } });
      this.run(["apt-get", "clean"]);
    });
  }
}
