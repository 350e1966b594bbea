// Is GST_TRACERS=pyroscope enough after install-plugin, whatever happens to the package, and does uninstall leave nothing but what is not ours?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { installed, nowhere, npmEnvironment, packed, platform } from "../helpers/packages.js";
import { cli, ended, until, words } from "../helpers/pipelines.js";

const pipeline = words("videotestsrc num-buffers=60 ! jpegenc name=jpeg ! fakesink");
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

let place = "";
let modules = "";
let home = "";
let homes = 0;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "gst-pyroscope-user-"));
  const archives = await packed(place);
  installed(join(place, "project"), archives, place);
  modules = join(place, "project/node_modules");
});
afterAll(() => rmSync(place, { recursive: true }));
beforeEach(() => {
  home = join(place, `home ${++homes}, ü`);
  mkdirSync(home);
});

const link = () => join(home, ".local/share/gstreamer-1.0/plugins/libgstpyroscope.so");
const releases = () => join(home, ".local/share/gst-pyroscope");
const environment = (more: NodeJS.ProcessEnv = {}) => ({ ...npmEnvironment(home), ...nowhere, ...more });

function said(verb: string, { command = join(modules, "gst-pyroscope/dist/cli.js"), more = {} } = {}) {
  const args = [command, verb];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: environment(more), encoding: "utf8" });
  return { status, stdout, stderr };
}

/** By the one variable, and a capture, so that there is something to look at. */
function launched(capture: string, more: NodeJS.ProcessEnv = {}) {
  const env = environment({ GST_TRACERS: "pyroscope", GST_PYROSCOPE_CAPTURE: join(home, capture), ...more });
  const { status, stderr } = spawnSync("gst-launch-1.0", ["-q", ...pipeline], { env, encoding: "utf8" });
  return { status, stderr };
}

async function encoded(capture: string): Promise<number | undefined> {
  await until("the capture is whole", () => existsSync(join(home, capture, "report.html")));
  const { stdout } = spawnSync(process.execPath, [cli, "report", "--json", join(home, capture)], { encoding: "utf8" });
  const { pipelines } = JSON.parse(stdout) as Summary;
  return pipelines[0]?.elements.find(({ name }) => name === "jpeg")?.buffersOut;
}

/** Of the home; what GStreamer's programs keep in their cache is not ours. */
const everything = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => !path.startsWith(".cache")).sort();

describe("install-plugin", () => {
  test("makes GST_TRACERS=pyroscope enough, also when the package it came from is gone", async () => {
    const { status, stdout, stderr } = said("install-plugin");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const part of [link(), `gst-pyroscope ${version}`, "GST_TRACERS=pyroscope", "gst-pyroscope uninstall"])
      expect(stdout).toContain(part);
    renameSync(modules, `${modules}-away`);
    try {
      expect(launched("alone")).toEqual({ status: 0, stderr: "" });
      expect(await encoded("alone")).toBe(60);
    } finally {
      renameSync(`${modules}-away`, modules);
    }
  });

  test("is enough from a checkout too, whose agent stays where it is", async () => {
    expect(said("install-plugin", { command: cli })).toMatchObject({ status: 0, stderr: "" });
    expect(launched("built")).toEqual({ status: 0, stderr: "" });
    expect(await encoded("built")).toBe(60);
    const [release = ""] = readdirSync(releases());
    expect(realpathSync(join(releases(), release, "node_modules/gst-pyroscope"))).toBe(realpathSync("."));
  });

  test("a second time changes nothing", () => {
    const first = said("install-plugin");
    const before = [everything(home), readlinkSync(link())];
    expect(said("install-plugin")).toEqual(first);
    expect([everything(home), readlinkSync(link())]).toEqual(before);
  });

  test("several at once leave one release, and all say that it is there", async () => {
    const command = [join(modules, "gst-pyroscope/dist/cli.js"), "install-plugin"];
    const starts = [1, 2, 3, 4].map(() => ended(spawn(process.execPath, command, { env: environment() })));
    for (const end of await Promise.all(starts)) expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(releases())).toEqual([expect.stringMatching(`^${version}-`)]);
    expect(readdirSync(dirname(link()))).toEqual(["libgstpyroscope.so"]);
    expect(existsSync(link())).toBe(true);
  });

  test("mends a release of which something is missing", async () => {
    said("install-plugin");
    const [release = ""] = readdirSync(releases());
    rmSync(join(releases(), release, "node_modules/gst-pyroscope"), { recursive: true });
    expect(said("install-plugin").status).toBe(0);
    expect(readdirSync(releases())).toEqual([release]);
    expect(launched("mended")).toEqual({ status: 0, stderr: "" });
    expect(await encoded("mended")).toBe(60);
  });

  test("goes where XDG_DATA_HOME says, as GStreamer does", async () => {
    const more = { XDG_DATA_HOME: join(home, "elsewhere") };
    expect(said("install-plugin", { more }).status).toBe(0);
    expect(existsSync(join(home, ".local/share/gst-pyroscope"))).toBe(false);
    expect(launched("elsewhere-too", more)).toEqual({ status: 0, stderr: "" });
    expect(await encoded("elsewhere-too")).toBe(60);
  });

  test.each([
    ["a file", () => writeFileSync(link(), "mine")],
    ["a link to somewhere else", () => symlinkSync("/usr/lib/somebody's.so", link())],
  ])("leaves alone %s that is not ours, and so does uninstall", (_, make) => {
    mkdirSync(dirname(link()), { recursive: true });
    make();
    const before = everything(home);
    const { status, stdout, stderr } = said("install-plugin");
    expect({ status, stdout }).toEqual({ status: 10, stdout: "" });
    expect(stderr).toMatch(/^gst-pyroscope: a file is there that install-plugin did not make: .*\(move it away/);
    expect(said("uninstall")).toMatchObject({ status: 0, stdout: expect.stringContaining(`Left alone: ${link()}`) });
    expect(everything(home)).toEqual(before);
  });

  test("says where it cannot write, and leaves nothing half done", () => {
    writeFileSync(join(home, ".local"), "no folder");
    expect(said("install-plugin")).toMatchObject({
      status: 10,
      stdout: "",
      stderr: expect.stringMatching(/^gst-pyroscope: the user's data folder cannot be changed: \w+: .*XDG_DATA_HOME/),
    });
    expect(everything(home)).toEqual([".local"]);
  });

  test("says when GStreamer will not look there", () => {
    const { stdout } = said("install-plugin", { more: { GST_PLUGIN_SYSTEM_PATH_1_0: "/usr/lib/gst" } });
    expect(stdout).toContain("But GST_PLUGIN_SYSTEM_PATH_1_0 is set here");
  });
});

describe("another release", () => {
  /** The same files, and another number. */
  function older(): string {
    const to = join(place, `older ${homes}`);
    execFileSync("cp", ["-r", modules, to]);
    for (const name of ["gst-pyroscope", `@gst-pyroscope/${platform}`]) {
      const file = join(to, name, "package.json");
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(`"${version}"`, '"0.0.9"'));
    }
    return join(to, "gst-pyroscope/dist/cli.js");
  }

  test("is named by doctor, both numbers, and what to do", () => {
    said("install-plugin", { command: older() });
    const text = said("doctor").stdout;
    expect(text).toContain(`${link()} is of 0.0.9, this command of ${version}: gst-pyroscope install-plugin puts`);
    said("install-plugin");
    expect(said("doctor").stdout).toContain(`${link()} is of ${version}`);
  });

  test("takes the place of the one before in one step, and that one stays for the processes that have it", async () => {
    said("install-plugin", { command: older() });
    const [before = ""] = readdirSync(releases());
    const env = environment({ GST_TRACERS: "pyroscope", GST_PYROSCOPE_CAPTURE: join(home, "long") });
    const args = ["-q", "fakesrc", "is-live=true", "!", "identity", "sleep-time=10000", "!", "fakesink"];
    const child = spawn("gst-launch-1.0", args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const end = ended(child);
    await until("the plugin is mapped", () => readFileSync(`/proc/${child.pid}/maps`, "utf8").includes(before));
    const upgrade = said("install-plugin");
    expect(upgrade.stdout).toMatch(
      new RegExp(`^Kept for now: .*${before}, which processes .*\\b${child.pid}\\b.* use$`, "m"),
    );
    expect(lstatSync(link()).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link())).toContain(`/${version}-`);
    expect(readdirSync(releases()).sort()).toEqual([before, expect.stringMatching(`^${version}-`)]);
    await until("the capture has begun", () => existsSync(join(home, "long/capture.json")));
    child.kill("SIGINT");
    expect(await end).toMatchObject({ stderr: "" });
    await until("the capture is whole", () => existsSync(join(home, "long/report.html")));
    await until("nobody uses it", () => said("install-plugin").stdout.includes("Kept for now") === false);
    expect(readdirSync(releases())).toEqual([expect.stringMatching(`^${version}-`)]);
  });
});

describe("uninstall", () => {
  test("leaves nothing of ours, and what is not ours", () => {
    said("install-plugin");
    mkdirSync(join(releases(), "somebody's"));
    writeFileSync(join(dirname(link()), "libother.so"), "");
    const { status, stdout } = said("uninstall");
    expect({ status, first: stdout.split("\n")[0] }).toEqual({ status: 0, first: `Removed: ${link()}` });
    const left = everything(join(home, ".local/share"));
    expect(left).toEqual([
      "gst-pyroscope",
      "gst-pyroscope/somebody's",
      "gstreamer-1.0",
      "gstreamer-1.0/plugins",
      "gstreamer-1.0/plugins/libother.so",
    ]);
    launched("none");
    expect(existsSync(join(home, "none"))).toBe(false);
  });

  test("a second time says that there is nothing", () => {
    said("install-plugin");
    said("uninstall");
    expect(existsSync(releases())).toBe(false);
    expect(said("uninstall")).toEqual({
      status: 0,
      stdout: "Nothing of ours is installed for this user\n",
      stderr: "",
    });
  });
});
