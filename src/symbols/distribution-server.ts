// Which debuginfod server has the debug files of this distribution? TABLE: the addresses that distributions document. Pure.
// SPDX-License-Identifier: MPL-2.0

/** TABLE: the distribution's own server, by ID of os-release(5). */
const servers: Readonly<Record<string, string>> = {
  altlinux: "https://debuginfod.altlinux.org",
  arch: "https://debuginfod.archlinux.org",
  centos: "https://debuginfod.centos.org",
  debian: "https://debuginfod.debian.net",
  fedora: "https://debuginfod.fedoraproject.org",
  "opensuse-leap": "https://debuginfod.opensuse.org",
  "opensuse-microos": "https://debuginfod.opensuse.org",
  "opensuse-tumbleweed": "https://debuginfod.opensuse.org",
  ubuntu: "https://debuginfod.ubuntu.com",
};

/** Asks the servers of many distributions: https://sourceware.org/elfutils/Debuginfod.html. */
const FEDERATION = "https://debuginfod.elfutils.org";

export interface DistributionServer {
  url: string;
  /** For a person: which distribution has no server of its own in the table; "": it has one. */
  note: string;
}

/** `osRelease`: the text of /etc/os-release, "" where there is none. */
export function serverOf(osRelease: string, table = servers): DistributionServer {
  const field = (name: string): string =>
    new RegExp(`^${name}=["']?([\\w.+-]*)["']?\\s*$`, "m").exec(osRelease)?.[1] ?? "";
  const id = field("ID");
  // Who is built on Ubuntu's own archive says so, and its packages are that archive's.
  const own = Object.hasOwn(table, id) ? table[id] : field("UBUNTU_CODENAME") === "" ? undefined : table.ubuntu;
  if (own !== undefined) return { url: own, note: "" };
  const who = id === "" ? "this system has no os-release" : `no server is known for the distribution ${id}`;
  return { url: FEDERATION, note: `${who}; ${FEDERATION} is asked, DEBUGINFOD_URLS names another` };
}
