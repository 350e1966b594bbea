// TABLE: for which machines are the native files of a release built, in which Debian, by which compiler?
// SPDX-License-Identifier: MPL-2.0

const triplet = "aarch64-linux-gnu";

/** The oldest Debian whose GStreamer we support: what is built there runs wherever that glibc or a newer one is. */
export const buildRoot = {
  name: "bullseye-build",
  release: "bullseye",
  architectures: ["arm64"],
  updates: false, // of both machines the same versions; the archives of updates are not always there for both
  packages: [
    ...["g++", "cmake", "ninja-build", "ccache", "pkg-config"],
    ...["libgstreamer1.0-dev", "libdw-dev", "libelf-dev", "liblzma-dev"],
    "g++-aarch64-linux-gnu",
    ...["libgstreamer1.0-dev:arm64", "libdw-dev:arm64", "libelf-dev:arm64", "liblzma-dev:arm64"],
    "gstreamer1.0-tools:arm64", // gst-launch-1.0, for the check under qemu-user
  ],
};

/** glibc of that Debian. */
export const newestGlibc = "2.31";

/** `machine`: as readelf names it; `architecture`: as Debian does; `prefix`: of the compiler and its binutils; `configure`: what CMake is told besides. */
export const targets = {
  "linux-x64-gnu": {
    machine: "Advanced Micro Devices X86-64",
    architecture: "amd64",
    prefix: "",
    configure: [],
    env: {},
  },
  "linux-arm64-gnu": {
    machine: "AArch64",
    architecture: "arm64",
    prefix: `${triplet}-`,
    configure: [
      "-DCMAKE_SYSTEM_NAME=Linux",
      "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
      `-DCMAKE_C_COMPILER=${triplet}-gcc`,
      `-DCMAKE_CXX_COMPILER=${triplet}-g++`,
    ],
    env: { PKG_CONFIG_LIBDIR: `/usr/lib/${triplet}/pkgconfig:/usr/share/pkgconfig` },
  },
};
