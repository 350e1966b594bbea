// Where does a Debian of any release come from? From the servers that apt knows, of that release or of another, by debootstrap: that of
// this machine, else one that is unpacked and not installed. For scripts/roots/chroot.mjs.
// SPDX-License-Identifier: MPL-2.0
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ask, quietly, StepFailed } from "../steps.mjs";

/** Exit code when something is missing that a command does not install. */
export const cannotRun = 3;

const aptHelper = "/usr/lib/apt/apt-helper";

/** Of all releases of Debian that apt is configured for: [{ uri, release, component }]. */
function knownArchives() {
  const printed = ask("apt-get", ["indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"]) ?? "";
  return [...new Set(printed.split("\n"))]
    .map((line) => line.split("|"))
    .filter(([origin, , name]) => origin === "Debian" && name)
    .map(([, uri, release, component]) => ({ uri, release, component }));
}

/**
 * The same servers and kinds of archive (plain, -updates, -security) for another release.
 *
 * @param {{ uri: string, release: string, component: string }[]} known
 * @param {string} release
 */
export function derivedArchives(known, release) {
  const derived = known.map((one) => ({ ...one, release: one.release.replace(/^[^-/]+/, release) }));
  return [...new Map(derived.map((one) => [JSON.stringify(one), one])).values()];
}

/** Asked as apt would ask: by its proxies and credentials. */
function isThere({ uri, release }) {
  const folder = mkdtempSync(path.join(tmpdir(), "pyro-archive-"));
  try {
    const from = `${uri.replace(/\/$/, "")}/dists/${release}/InRelease`;
    return ask(aptHelper, ["download-file", from, path.join(folder, "InRelease")]) !== undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What apt is configured for, else the same servers where they have this release too. */
export function archives(release) {
  const known = knownArchives();
  const own = known.filter((one) => one.release === release || one.release.startsWith(`${release}-`));
  if (own.some((one) => one.release === release)) return own;
  const derived = derivedArchives(known, release).filter(isThere);
  if (derived.some((one) => one.release === release)) return derived;
  throw new StepFailed(
    `apt knows no archive of Debian ${release}, nor have the servers that it knows: add one to its sources, then apt-get update`,
    cannotRun,
  );
}

/** The folder of a Debian package that is unpacked below `home`, once, and not installed; `only`: some of its files. */
export function unpacked(home, name, only = []) {
  const folder = path.join(home, "unpacked", name);
  if (existsSync(folder)) return folder;
  const making = path.join(home, "unpacked", `${name}.${process.pid}`);
  mkdirSync(path.join(making, "files"), { recursive: true });
  try {
    quietly("apt-get", ["download", "-o", "APT::Sandbox::User=root", name], { cwd: making });
    const [file] = readdirSync(making).filter((one) => one.endsWith(".deb"));
    const unpack = 'dpkg --fsys-tarfile "$0" | tar -x -C files -- "$@"';
    quietly("sh", ["-c", unpack, file, ...only.map((one) => `./${one}`)], { cwd: making });
    renameSync(path.join(making, "files"), folder);
  } catch (error) {
    throw new StepFailed(`${name} is missing (apt-get install ${name}), and ${error.message}`, cannotRun);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

/**
 * debootstrap of this machine, else one that is unpacked: the program, what it needs in its environment, and the script by which it makes a
 * Debian. All of Debian's releases have the same one; under their names it only has those that were known when it was packed.
 */
export function debootstrap(home) {
  const installed = ask("sh", ["-c", "command -v debootstrap"]) !== undefined;
  const folder = installed ? "/" : unpacked(home, "debootstrap");
  const share = path.join(folder, "usr/share/debootstrap");
  const program = installed ? "debootstrap" : path.join(folder, "usr/sbin/debootstrap");
  return { program, script: path.join(share, "scripts/sid"), env: { ...process.env, DEBOOTSTRAP_DIR: share } };
}

/** apt inside asks the same servers in the same way. */
export function configureApt(root, sources) {
  const lines = sources.flatMap((one) =>
    ["deb", "deb-src"].map((kind) => `${kind} ${one.uri} ${one.release} ${one.component}`),
  );
  writeFileSync(path.join(root, "etc/apt/sources.list"), `${lines.join("\n")}\n`);
  const acquire = (ask("apt-config", ["dump"]) ?? "").split("\n").filter((line) => /^Acquire::.* "[^"]+";$/.test(line));
  const more = [
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    "Dpkg::Use-Pty 0;",
    'Acquire::Check-Valid-Until "false";', // what is no longer supported is no longer signed anew
  ];
  writeFileSync(path.join(root, "etc/apt/apt.conf.d/50root"), `${[...acquire, ...more].join("\n")}\n`);
  copyFileSync("/etc/resolv.conf", path.join(root, "etc/resolv.conf"));
}
