// Is it known which plugin and which folders install-plugin made, and which it did not?
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkState, MARK, ourReleases, userFolder, usersOf, versionOf } from "../../../src/commands/user-folder.js";
import { scratch } from "../../helpers/scratch.js";

const placeIn = (home: string) => userFolder({ HOME: home });

function release(home: string, name: string, mark = { name: "gst-pyroscope", version: "1.2.3" }): string {
  const folder = join(placeIn(home).releases, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARK), JSON.stringify(mark));
  return folder;
}

function linkTo(home: string, target: string): void {
  const { link } = placeIn(home);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link);
}

describe("the user's folder", () => {
  it("is where GLib says: XDG_DATA_HOME when it is absolute, else below the home", () => {
    const below = (folder: string) => ({
      link: `${folder}/gstreamer-1.0/plugins/libgstpyroscope.so`,
      releases: `${folder}/gst-pyroscope`,
    });
    expect(userFolder({ HOME: "/h", XDG_DATA_HOME: "/d" })).toEqual(below("/d"));
    for (const XDG_DATA_HOME of [undefined, "", "relative"])
      expect(userFolder({ HOME: "/h", XDG_DATA_HOME })).toEqual(below("/h/.local/share"));
    expect(userFolder({}).link).toMatch(/^\/.*\/\.local\/share\/gstreamer-1\.0\/plugins\//);
  });

  it("holds releases by their mark, not by their name, and what was not finished", () => {
    const home = scratch("home");
    const ours = release(home, "1.2.3-abc");
    release(home, "1.2.4-def", { name: "somebody's", version: "1.2.4" });
    const { releases } = placeIn(home);
    mkdirSync(join(releases, "1.2.5-none"));
    mkdirSync(join(releases, ".new-x"));
    expect(ourReleases(releases)).toEqual([ours, join(releases, ".new-x")]);
    expect([versionOf(ours), versionOf(join(releases, "1.2.4-def"))]).toEqual(["1.2.3", undefined]);
    expect(ourReleases(scratch("nothing"))).toEqual([]);
  });
});

describe("what is at the link's place", () => {
  it("is nothing, or a file of somebody else", () => {
    const home = scratch("home");
    expect(linkState(placeIn(home))).toEqual({ state: "none", release: "" });
    const { link } = placeIn(home);
    mkdirSync(dirname(link), { recursive: true });
    writeFileSync(link, "");
    expect(linkState(placeIn(home))).toEqual({ state: "foreign", release: "" });
  });

  it("is ours where it leads into a release, by a relative way too, and when that release is gone", () => {
    for (const [target, found] of [
      ["../../gst-pyroscope/1.2.3-abc/x.so", "1.2.3-abc"],
      ["../../gst-pyroscope/0.0.1-gone/x.so", ""],
    ] as const) {
      const home = scratch("home");
      const ours = release(home, "1.2.3-abc");
      linkTo(home, target);
      expect(linkState(placeIn(home))).toEqual({ state: "ours", release: found === "" ? "" : ours });
    }
  });

  it("is not ours where it leads to anything else, such as a folder whose name only begins alike", () => {
    for (const target of ["/usr/lib/x.so", "../../gst-pyroscope-of-mine/x.so", "../../gst-pyroscope"]) {
      const home = scratch("home");
      release(home, "1.2.3-abc");
      linkTo(home, target);
      expect(linkState(placeIn(home)).state, target).toBe("foreign");
    }
  });
});

it("a process that runs from a folder uses it, and no other does", () => {
  expect(usersOf(dirname(process.execPath))).toContain(process.pid);
  expect(usersOf(scratch("nobody's"))).toEqual([]);
});
