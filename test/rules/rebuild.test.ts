// Does the script that rebuilds GStreamer keep to its folder, go on where it was, and say what is wrong? With tools that only note.
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scratch } from "../helpers/pipelines.js";
import { root, textOf } from "../helpers/tree.js";

let place: ReturnType<typeof scratch>;
let prefix = "";

beforeEach(() => {
  place = scratch();
  prefix = join(place.dir, "gst");
  mkdirSync(join(place.dir, "bin"));
  for (const name of ["ninja", "flex", "bison", "glib-mkenums", "orcc", "dpkg-source"]) fake(name, note(name));
  fake("meson", `${note("meson")}\n${fakeMeson}`);
  fake("pkg-config", fakePkgConfig);
  fake("dpkg-query", "echo 1.22.0-2");
  fake(
    "apt-cache",
    `${note("apt-cache")}\nprintf 'Version: 1:1.22.0-3\\nVersion: 1:1.22.0-9\\nVersion: 1:1.20.9-1\\n'`,
  );
  // The newest is listed and gone.
  fake("apt-get", `${note("apt-get")}\ncase "$*" in *-9) exit 1;; *source*) ${fakeTree("unpacked", "")};; esac`);
  for (const [folder, name] of [
    ["core", "gstreamer"],
    ["base", "gst-plugins-base"],
  ] as const)
    spawnSync("sh", ["-c", fakeTree(join(place.dir, "tree/subprojects", name), folder)]);
  mkdirSync(join(place.dir, "system/gstreamer-1.0"), { recursive: true });
  for (const file of [
    "libgstreamer-1.0.so.0.2200.0",
    "gstreamer-1.0/libgstx264.so",
    "gstreamer-1.0/libgstcoreelements.so",
  ])
    writeFileSync(join(place.dir, "system", file), "");
});
afterEach(() => place.dispose());

function fake(name: string, script: string) {
  writeFileSync(join(place.dir, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const note = (name: string) => `echo "${name} $*" >>"$NOTES"`;
const fakeTree = (dir: string, part: string) =>
  `mkdir -p ${dir} && touch ${dir}/meson.build && echo "option('tests', type : 'feature') option('${part === "base" ? "gl" : "check"}')" >${dir}/meson_options.txt`;
const fakeMeson = `case $1 in
  setup) mkdir -p "$2" ;;
  install)
    mkdir -p "$PREFIX/bin" "$PREFIX/lib/gstreamer-1.0"
    touch "$PREFIX/lib/libgstreamer-1.0.so.0.2201.0" "$PREFIX/lib/gstreamer-1.0/libgstcoreelements.so"
    for program in gst-inspect-1.0 gst-launch-1.0; do printf '#!/bin/sh\\nexit 0\\n' >"$PREFIX/bin/$program"; done
    chmod +x "$PREFIX"/bin/* ;;
esac`;
const fakePkgConfig = `case "$*" in *--modversion*) echo 1.22.1;; *--variable=libdir*) echo "$SYSTEM";; esac`;

function rebuild(...args: string[]) {
  const env = {
    PATH: `${join(place.dir, "bin")}:/usr/bin:/bin`,
    HOME: join(place.dir, "home"),
    NOTES: join(place.dir, "notes"),
    PREFIX: prefix,
    SYSTEM: join(place.dir, "system"),
  };
  const { status, stdout, stderr } = spawnSync("bash", [`${root}gstreamer/rebuild.sh`, ...args], {
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const fromTree = () => ["--prefix", prefix, "--source", join(place.dir, "tree")];
const notes = (name: string) => {
  const file = join(place.dir, "notes");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line.startsWith(`${name} `));
};

describe("arguments", () => {
  test("are explained", () => {
    const { status, stdout } = rebuild("--help");
    expect(status).toBe(0);
    const known = [...textOf("gstreamer/rebuild.sh").matchAll(/^ {6}(--[a-z-]+)[^|\n]*\)/gm)].map(
      ([, name = ""]) => name,
    );
    expect(known.length).toBeGreaterThan(5);
    expect(known.filter((name) => !stdout.includes(name))).toEqual([]);
  });

  test.each([
    [[], "where to?"],
    [["--prefix"], "--prefix needs a value"],
    [["--prefix", "/x", "--parts", "core,best"], "no part is called best"],
    [["--prefix", "/x", "--jobs", "many"], "--jobs takes a number"],
    [["--prefix=/x", "--jobs=0"], "--jobs takes a number"],
    [["--prefix", "/x", "--option", "gl=enabled"], "--option takes part:name=value"],
    [["--prefix", "/x", "--source", "/nowhere"], "no folder /nowhere"],
    [["--prefix", "/x", "--git"], "which tag"],
    [["--prefix", "/x", "--tag", "1.22.0"], "--tag is for --git"],
    [["--prefix", "/x", "--native-file", "/nowhere.ini"], "no native file /nowhere.ini"],
    [["--prefix", "/x y"], "no blanks"],
    [["--all"], "what is --all?"],
  ])("%j are refused in one line", (args, said) => {
    const { status, stderr } = rebuild(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(stderr.trim().split("\n").length).toBe(1);
  });
});

describe("what is missing", () => {
  test("is said in one line with the command, and nothing is written", () => {
    fake("pkg-config", "exit 1");
    const { status, stderr } = rebuild(...fromTree());
    expect([status, stderr]).toEqual([
      3,
      "rebuild: missing: gobject-2.0 orc-0.4; as root: apt-get install --no-install-recommends libglib2.0-dev liborc-0.4-dev\n",
    ]);
    expect(existsSync(prefix)).toBe(false);
  });

  test("may be a part in the sources", () => {
    const { status, stderr } = rebuild(...fromTree(), "--parts", "ugly");
    expect([status, stderr]).toEqual([1, expect.stringContaining("no gst-plugins-ugly in")]);
  });
});

describe("the prefix", () => {
  test("of somebody else is left alone", () => {
    mkdirSync(prefix);
    writeFileSync(join(prefix, "precious"), "");
    const { status, stderr } = rebuild(...fromTree());
    expect([status, stderr, readdirSync(prefix)]).toEqual([4, expect.stringContaining("is not empty"), ["precious"]]);
  });

  test("that is a file is refused", () => {
    writeFileSync(prefix, "");
    expect(rebuild(...fromTree())).toMatchObject({ status: 4, stderr: expect.stringContaining("is not a folder") });
  });

  test("that was built from something else is refused", () => {
    expect(rebuild(...fromTree()).status).toBe(0);
    const { status, stderr } = rebuild("--prefix", prefix);
    expect([status, stderr]).toEqual([4, expect.stringMatching(/was built from sources in .*tree: take another/)]);
  });

  test("and all else stay untouched by a dry run, which prints the commands", () => {
    const before = readdirSync(place.dir);
    const { status, stdout } = rebuild(...fromTree(), "--dry-run");
    expect([status, readdirSync(place.dir)]).toEqual([0, before]);
    expect(stdout).toMatch(/meson setup .*\/gst\/work\/build-core .*\n(.*\n)*.*ninja -C .*\/gst\/work\/build-base/);
  });
});

describe("a build", () => {
  test("makes core before base, with our flags and the options that each version knows", () => {
    const { status, stderr } = rebuild(...fromTree(), "--jobs", "3", "--option", "base:pango=disabled");
    expect([status, stderr]).toEqual([0, ""]);
    const [core = "", base = "", ...more] = notes("meson").filter((line) => line.includes(" setup "));
    expect(more).toEqual([]);
    expect(core).toMatch(
      /build-core .*tree\/subprojects\/gstreamer --prefix=.*native-flags\.ini .*-Dtests=disabled -Dcheck=disabled$/,
    );
    expect(base).toMatch(
      /build-base .*subprojects\/gst-plugins-base .* -Dtests=disabled -Dgl=disabled -Dpango=disabled$/,
    );
    expect(notes("ninja").every((line) => line.endsWith(" -j 3"))).toBe(true);
  });

  test("writes only below its prefix, and leaves the sources as they are", () => {
    const before = [readdirSync(place.dir), readdirSync(join(place.dir, "tree/subprojects/gstreamer"))];
    expect(rebuild(...fromTree()).status).toBe(0);
    const after = readdirSync(place.dir).filter((name) => name !== "gst" && name !== "notes");
    expect([after, readdirSync(join(place.dir, "tree/subprojects/gstreamer"))]).toEqual(before);
  });

  test("says how to use it, and what it cost", () => {
    const { stdout } = rebuild(...fromTree());
    expect(stdout).toMatch(
      /^GStreamer 1\.22\.1 with symbols and frame pointers, from sources in .*, in \d+ CPU seconds\./m,
    );
    expect(stdout).toContain(`. ${prefix}/env.sh`);
    const seen = spawnSync("sh", ["-euc", `. ${prefix}/env.sh; env`], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin" },
    }).stdout;
    for (const line of [
      `PATH=${prefix}/bin:/usr/bin:/bin`,
      `LD_LIBRARY_PATH=${prefix}/lib`,
      `PKG_CONFIG_PATH=${prefix}/lib/pkgconfig`,
      `GST_PLUGIN_SYSTEM_PATH_1_0=${prefix}/lib/gstreamer-1.0:${prefix}/lib/system-plugins`,
      `GST_PLUGIN_SCANNER_1_0=${prefix}/libexec/gstreamer-1.0/gst-plugin-scanner`,
      `GST_REGISTRY_1_0=${prefix}/registry.bin`,
    ])
      expect(seen.split("\n")).toContain(line);
  });

  test("offers those of the system's plugins that it has not made itself, unless the system is newer", () => {
    expect(rebuild(...fromTree()).status).toBe(0);
    const offered = join(prefix, "lib/system-plugins");
    expect(readdirSync(offered)).toEqual(["libgstx264.so"]);
    expect(readlinkSync(join(offered, "libgstx264.so"))).toBe(join(place.dir, "system/gstreamer-1.0/libgstx264.so"));
    writeFileSync(join(place.dir, "system/libgstreamer-1.0.so.0.2400.0"), "");
    spawnSync("rm", [join(place.dir, "system/libgstreamer-1.0.so.0.2200.0")]);
    expect(rebuild(...fromTree()).stdout).toContain("newer than this one");
    expect(existsSync(offered)).toBe(false);
  });

  test("that failed shows the end of the log, and goes on from there", () => {
    fake("ninja", `${note("ninja")}\necho gstpad.c: no space left; exit 1`);
    const failed = rebuild(...fromTree());
    expect([failed.status, failed.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^gstpad\.c: no space left\nrebuild: build core failed; all of it: .*\/gst\/work\/log\/build-core; the same command goes on from here\n$/,
      ),
    ]);
    fake("ninja", note("ninja"));
    expect(rebuild(...fromTree()).status).toBe(0);
    expect(notes("meson").filter((line) => line.includes(" setup ")).length).toBe(2);
  });

  test("is configured again where the options changed", () => {
    expect(rebuild(...fromTree()).status).toBe(0);
    expect(rebuild(...fromTree(), "--option", "core:check=enabled").status).toBe(0);
    const setups = notes("meson").filter((line) => line.includes(" setup "));
    expect(setups.map((line) => /build-(\w+)/.exec(line)?.[1])).toEqual(["core", "base", "core"]);
  });
});

describe("sources", () => {
  test("of packages are asked for with a state of apt in the prefix, an older version when the newest is gone", () => {
    const { status, stderr } = rebuild("--prefix", prefix);
    expect([status, stderr]).toEqual([0, ""]);
    const asked = [...notes("apt-get"), ...notes("apt-cache")];
    expect(asked.filter((line) => !line.includes(`-c ${prefix}/work/apt/apt.conf `))).toEqual([]);
    expect(notes("apt-get").map((line) => line.split("apt.conf ")[1])).toEqual([
      "-q update",
      "-q source --only-source gstreamer1.0=1:1.22.0-9",
      "-q source --only-source gstreamer1.0=1:1.22.0-3",
      "-q source --only-source gst-plugins-base1.0=1:1.22.0-9",
      "-q source --only-source gst-plugins-base1.0=1:1.22.0-3",
    ]);
    const conf = readFileSync(join(prefix, "work/apt/apt.conf"), "utf8");
    expect(conf).toContain(`Dir::State::lists "${prefix}/work/apt/lists";`);
    expect(conf).toContain("#clear APT::Update::Post-Invoke;");
  });

  test("of a series that no server has are missed by name", () => {
    const { status, stderr } = rebuild("--prefix", prefix, "--release", "1.30");
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("no source of gstreamer1.0 1.30.*; apt lists 1:1.22.0-9"),
    ]);
  });

  test("of a tag come from a git repository, once", () => {
    const git = `cd ${join(place.dir, "tree")} && git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a && git tag 1.22.0`;
    expect(spawnSync("sh", ["-c", git]).status).toBe(0);
    const args = ["--prefix", prefix, "--git", `file://${join(place.dir, "tree")}`, "--tag"];
    expect(rebuild(...args, "9.9")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/9\.9(.|\n)*clone failed/),
    });
    // Nothing was installed from there: the folder is free for the right tag.
    for (const _ of [1, 2]) expect(rebuild(...args, "1.22.0")).toMatchObject({ status: 0, stderr: "" });
    expect(notes("meson").filter((line) => line.includes(`${prefix}/work/src/git/subprojects/gstreamer `)).length).toBe(
      1,
    );
  });
});
