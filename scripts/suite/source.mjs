// Where do the sources of GStreamer's suites come from, and how are they built with their tests? Debian's source packages, in the
// chroot, one after the other into one prefix: base needs core, good needs both. For scripts/suite.mjs.
// SPDX-License-Identifier: MPL-2.0
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "../steps.mjs";

/** Inside the chroot. */
export const prefix = "/opt/gst";

/** TABLE: what the chroot holds besides Debian's minimum: tools, what the suites build against, what the agent loads. */
export const packages = [
  ...["build-essential", "meson", "ninja-build", "flex", "bison", "pkg-config", "libxml2-utils"],
  ...["libglib2.0-dev", "liborc-0.4-dev", "zlib1g-dev", "libbz2-dev", "libcap-dev", "iso-codes", "shared-mime-info"],
  ...["libogg-dev", "libvorbis-dev", "libtheora-dev", "libopus-dev", "libpango1.0-dev", "libjpeg-dev", "libpng-dev"],
  ...["libvpx-dev", "libflac-dev", "libspeex-dev", "libwavpack-dev", "libmp3lame-dev", "libmpg123-dev", "libtag1-dev"],
  ...["libsoup-3.0-dev", "libgdk-pixbuf-2.0-dev", "libtwolame-dev", "libdv4-dev", "libssl-dev"],
  "libdw1",
];

const off = (...names) => names.map((name) => `-D${name}=disabled`);
const common = [`--prefix=${prefix}`, "--libdir=lib", "-Dtests=enabled"];
const never = off("examples", "doc", "nls");

const optimized = "--buildtype=debugoptimized";
/** Half the time to build. Good is large, and no library that others use. */
const plain = "--buildtype=plain";

/** TABLE: a suite, its source package, how it is built; `after`: what must be installed before. */
export const suites = {
  core: {
    source: "gstreamer1.0",
    options: [
      optimized,
      "-Dcheck=enabled",
      "-Dcoretracers=enabled",
      ...off("introspection", "benchmarks", "libunwind", "libdw"),
    ],
    after: [],
  },
  base: {
    source: "gst-plugins-base1.0",
    options: [optimized, ...off("introspection", "gl", "x11", "xshm", "xvideo", "alsa")],
    after: ["core"],
  },
  good: {
    source: "gst-plugins-good1.0",
    options: [plain, ...off("gtk3", "qt5", "ximagesrc", "v4l2", "pulse", "oss", "oss4", "jack")],
    after: ["core", "base"],
  },
};

/** What programs and builds inside need to find what was installed before them. */
export const prefixEnvironment = {
  PATH: `${prefix}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  PKG_CONFIG_PATH: `${prefix}/lib/pkgconfig`,
  LD_LIBRARY_PATH: `${prefix}/lib`,
};

/** All suites that must be built for these to run. */
export function withNeeded(names) {
  const wanted = new Set(names.flatMap((name) => [...suites[name].after, name]));
  return Object.keys(suites).filter((name) => wanted.has(name));
}

export function buildFolder(name) {
  return `/src/b-${name}`;
}

/** The newest version that a server still has. */
function fetchSource(chroot, name, source) {
  const script = readFileSync(path.join(root, "gstreamer/fetch-source.sh"), "utf8");
  chroot.run(["sh", "-c", script, "fetch-source.sh", source, `/src/${name}`]);
}

function versionOf(chroot, name) {
  return chroot.run(["sh", "-c", `cd /src/${name} && dpkg-parsechangelog -S Version`]).trim();
}

/** Fetches and builds what is missing; { suite: version }. */
export async function buildSuites(chroot, names, jobs) {
  const versions = {};
  for (const name of withNeeded(names)) {
    const { source, options, after } = suites[name];
    await chroot.once(`source of ${name}`, source, () => fetchSource(chroot, name, source));
    versions[name] = versionOf(chroot, name);
    const key = [versions[name], common, never, options, packages, after.map((other) => versions[other])];
    const [env, folder] = [prefixEnvironment, buildFolder(name)];
    // Apart, so that a build that was interrupted goes on where it was.
    await chroot.once(`configuration of ${name}`, key, () => {
      rmSync(path.join(chroot.root, folder), { recursive: true, force: true });
      chroot.run(["meson", "setup", folder, `/src/${name}`, ...common, ...never, ...options], { env });
    });
    await chroot.once(`build of ${name}`, key, () => {
      chroot.run(["nice", "ninja", "-C", folder, "-j", jobs], { env });
      chroot.run(["meson", "install", "-C", folder, "--no-rebuild", "--quiet"], { env });
    });
  }
  return versions;
}
