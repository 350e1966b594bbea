// How does a command run in another Debian without touching this machine? In a root that is a directory, made once, entered in a mount
// namespace that is gone with the command: as root, or as anybody who may have user namespaces with ids of their own.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { ask, quietly, StepFailed, step } from "../steps.mjs";
import { archives, cannotRun, configureApt, debootstrap } from "./debian.mjs";

const isRoot = () => process.getuid?.() === 0;

/** The words before a command that may mount. A process namespace of its own is needed where /proc may only be mounted with one. */
function namespaces({ network = true } = {}) {
  const user = isRoot() ? [] : ["--map-root-user", "--map-auto", "--pid", "--fork", "--kill-child"];
  return ["unshare", ...user, "--mount", "--propagation", "private", ...(network ? [] : ["--net"])];
}

const refusedToRoot = "mount namespaces, which are refused here (a container needs CAP_SYS_ADMIN for them)";
const refusedToUser =
  "to be root, or user namespaces with ids of their own (the package uidmap, a line in /etc/subuid and one in /etc/subgid)";

/**
 * What keeps this machine from making roots: texts, none where it can.
 *
 * @param {{ programs?: string[], onlyRoot?: boolean }} needs `onlyRoot`: namespaces of a user will not do
 */
export function missingForRoots({ programs = [], onlyRoot = false } = {}) {
  const missing = [];
  const known = (name) => ask("sh", ["-c", `command -v ${name}`]) !== undefined;
  const entered = () => ask("unshare", [...namespaces().slice(1), "true"]) !== undefined;
  if (onlyRoot && !isRoot()) missing.push("to be root: mount namespaces and chroot");
  else if (known("unshare") && !entered()) missing.push(isRoot() ? refusedToRoot : refusedToUser);
  for (const name of ["unshare", "chroot", "mount", "apt-get", "dpkg", ...programs])
    if (!known(name)) missing.push(name === "dpkg-source" ? "dpkg-source (apt-get install dpkg-dev)" : name);
  return missing;
}

export function needRoots(who, needs) {
  const missing = missingForRoots(needs);
  if (missing.length > 0) throw new StepFailed(`${who} ${missing.join("; ")}`, cannotRun);
}

/** Where roots are kept between runs, for all checkouts of a user. */
export function rootsHome(environment = process.env) {
  const cache = environment.XDG_CACHE_HOME;
  return path.join(cache?.startsWith("/") ? cache : path.join(homedir(), ".cache"), "gst-pyroscope", "roots");
}

// $1 the root, $2 binds, a line each: from, to, ro or rw, separated by tabs; then the command. All mounts are gone with it.
const entering = `set -e
root=$1 binds=$2; shift 2
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
tab=$(printf '\\t')
printf '%s\\n' "$binds" | while IFS=$tab read -r from to mode; do
  [ -n "$from" ] || continue
  if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$(dirname "$root$to")"; : >>"$root$to"; fi
  mount --bind "$from" "$root$to"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$root$to"
done
exec chroot "$root" "$@"`;

/** TABLE-like: what a command inside finds in its environment, and nothing else. */
const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LC_ALL: "C.UTF-8", TZ: "UTC" };

const hashOf = (key) => createHash("sha256").update(JSON.stringify(key)).digest("hex");

/**
 * Files of a root belong to ids that are a user's in a namespace only.
 *
 * @param {string} folder
 */
function removeTree(folder) {
  if (isRoot() || !existsSync(folder)) return rmSync(folder, { recursive: true, force: true });
  const [program, ...words] = [...namespaces(), "rm", "-rf", folder];
  return void quietly(program, words);
}

/** A Debian of some release in `home`. Binds are { "/inside": "/outside" }: `binds` can only be read, `writable` be written too. */
export class Chroot {
  /**
   * @param {string} home
   * @param {{ release: string, tools?: string, updates?: boolean }} options `tools`: below it, what is unpacked is kept; `updates`: with
   * the archives of updates too
   */
  constructor(home, { release, tools = home, updates = true }) {
    Object.assign(this, { home, release, tools, updates });
    this.root = path.join(home, "root");
  }

  /** The words that run a command inside; `network: false` leaves it alone in the world, `inherits` keeps the caller's environment. */
  words(command, { env = {}, binds = {}, writable = {}, network = true, inherits = false } = {}) {
    const lines = (table, mode) => Object.entries(table).map(([to, from]) => `${from}\t${to}\t${mode}`);
    const mounts = [...lines(binds, "ro"), ...lines(writable, "rw")].join("\n");
    const variables = Object.entries({ ...environment, ...env }).map(([name, value]) => `${name}=${value}`);
    const enter = [...namespaces({ network }), "sh", "-c", entering, "sh", this.root, mounts];
    return [...enter, "/usr/bin/env", ...(inherits ? [] : ["-i"]), ...variables, ...command];
  }

  /** Runs a command inside; its output when it succeeds, an error with the end of it when not, in which it is `shown` as. */
  run(command, { shown = command.join(" "), ...options } = {}) {
    const [program, ...args] = this.words(command, options);
    return quietly(program, args, { shown });
  }

  /** The same without blocking and with nice; the exit code. Output goes to the file `log`. */
  start(command, { log, ...options }) {
    const words = this.words(command, options);
    const child = spawn("sh", ["-c", 'exec >"$0" 2>&1; exec nice "$@"', log, ...words], { stdio: "ignore" });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => resolve(status));
    });
  }

  /** Does `work` unless it was done for the same `key`. */
  async once(name, key, work) {
    const stamp = path.join(this.home, "stamps", name);
    const hash = hashOf(key);
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return false;
    rmSync(stamp, { force: true });
    await step(name, work);
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
    return true;
  }

  async make(packages, architectures = []) {
    await this.once("Debian", this.release, () => this.#bootstrap());
    await this.once("packages", packages, () => {
      for (const name of architectures) this.run(["dpkg", "--add-architecture", name]);
      this.run(["apt-get", "-q", "update"]);
      this.run(["apt-get", "-q", "install", "-y", ...packages], { env: { DEBIAN_FRONTEND: "noninteractive" } });
      this.run(["apt-get", "clean"]);
    });
  }

  #bootstrap() {
    const sources = archives(this.release);
    const { program, script, env } = debootstrap(this.tools);
    removeTree(this.root);
    const mirror = sources.find((one) => one.release === this.release).uri;
    const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const options = ["--variant=minbase", "--include=ca-certificates", `--keyring=${keys}`];
    // What it mounts is gone with it, however it ends. In a user's namespace no device can be made: it binds those of this machine
    // where it takes that for an lxc container.
    const container = isRoot() ? [] : ["env", "container=lxc"];
    const what = [...options, this.release, this.root, mirror, script];
    const [unshare, ...words] = [...namespaces(), ...container, program, ...what];
    quietly(unshare, words, { env });
    configureApt(this.root, this.updates ? sources : sources.filter((one) => one.release === this.release));
  }
}

/** Removes what was begun by processes that are gone. */
function sweep(home, name) {
  const begun = (existsSync(home) ? readdirSync(home) : []).filter((one) => one.startsWith(`${name}.`));
  for (const one of begun) {
    const pid = one.slice(name.length + 1);
    if (/^\d+$/.test(pid) && !existsSync(`/proc/${pid}`)) removeTree(path.join(home, one));
  }
}

/**
 * The root of a recipe, below `home`: there once for all who ask for it, whole or not at all, and made anew when its recipe changes.
 *
 * @param {string} home
 * @param {{ name: string, release: string, packages: string[], architectures?: string[], updates?: boolean }} recipe
 */
export async function cachedRoot(home, { name, release, packages, architectures = [], updates = true }) {
  const options = { release, tools: home, updates };
  const kept = new Chroot(path.join(home, name), options);
  const stamp = (chroot) => path.join(chroot.home, "recipe");
  const hash = hashOf([release, packages, architectures, updates]);
  if (existsSync(stamp(kept)) && readFileSync(stamp(kept), "utf8") === hash) return kept;
  const making = new Chroot(path.join(home, `${name}.${process.pid}`), options);
  sweep(home, name);
  try {
    mkdirSync(making.home, { recursive: true });
    await step(`root ${name}`, () => making.make(packages, architectures));
    writeFileSync(stamp(making), hash);
    removeTree(kept.home);
    renameSync(making.home, kept.home);
  } finally {
    removeTree(making.home);
  }
  return kept;
}
