// Is a folder of control sockets used only where it is this user's own, and nobody else's to look into?
// SPDX-License-Identifier: MPL-2.0

import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DoorFolder, doorFolder, folderProblem } from "../../../src/door/folder.js";
import { scratch } from "../../helpers/scratch.js";

const isRoot = process.geteuid?.() === 0;
const modeOf = (path: string): number => statSync(path).mode & 0o777;

it("it lies in the user's runtime directory, root's in /run whatever a variable says, and nowhere without one", () => {
  expect(doorFolder({ XDG_RUNTIME_DIR: "/run/user/1000" }, 1000)).toBe("/run/user/1000/gst-pyroscope");
  expect(doorFolder({ XDG_RUNTIME_DIR: "/run/user/1000" }, 0)).toBe("/run/gst-pyroscope");
  expect(doorFolder({}, 1000)).toBeNull();
  expect(doorFolder({ XDG_RUNTIME_DIR: "relative" }, 1000)).toBeNull();
});

it("it is made for this user alone, whatever the umask", () => {
  const path = scratch("door");
  const before = process.umask(0);
  try {
    DoorFolder.open(path, { make: true }).close();
  } finally {
    process.umask(before);
  }
  expect(modeOf(path)).toBe(0o700);
});

it("one that was made wider is made narrow again, by who looks as well", () => {
  const path = scratch("door");
  for (const make of [true, false]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
    DoorFolder.open(path, { make })?.close();
    expect(modeOf(path)).toBe(0o700);
  }
});

it("who only looks makes none", () => {
  const path = scratch("door");
  expect(DoorFolder.open(path, { make: false })).toBeNull();
  expect(folderProblem(path)).toBe("");
  expect(existsSync(path)).toBe(false);
});

it("a link to a folder, a file, and a folder that cannot be made are refused with the reason", () => {
  const path = scratch("door");
  mkdirSync(`${path}-of-ours`, { mode: 0o755 });
  symlinkSync(`${path}-of-ours`, path);
  expect(() => DoorFolder.open(path, { make: true })).toThrow(/door: it is a symbolic link \(it must be a directory/);
  expect(folderProblem(path)).toMatch(/symbolic link/);
  expect(modeOf(`${path}-of-ours`)).toBe(0o755);
  writeFileSync(`${path}-file`, "");
  expect(() => DoorFolder.open(`${path}-file`, { make: true })).toThrow(/ENOTDIR/);
  expect(() => DoorFolder.open(`${path}/nowhere/door`, { make: true })).toThrow(/ENOENT/);
  expect(folderProblem("/proc/nowhere/door")).toBe("/proc/nowhere/door cannot be made (ENOENT)");
});

it.skipIf(!isRoot)("another user's is refused, and left as it is", () => {
  const path = scratch("door");
  mkdirSync(path, { mode: 0o755 });
  chownSync(path, 65534, 65534);
  for (const make of [true, false]) expect(() => DoorFolder.open(path, { make })).toThrow(/it belongs to user 65534/);
  expect(modeOf(path)).toBe(0o755);
});

it("what it was found to be it stays, whatever its path means by then", () => {
  const path = scratch("door");
  const folder = DoorFolder.open(path, { make: true });
  writeFileSync(join(path, "before"), "");
  renameSync(path, `${path}-elsewhere`);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "after"), "");
  expect(folder.names()).toEqual(["before"]);
  folder.close();
});

it("a socket of ours is one; a link to it, a file, and one of another user are none", async () => {
  const path = scratch("door");
  const folder = DoorFolder.open(path, { make: true });
  const servers = await Promise.all(
    ["own", "theirs"].map(async (name) => {
      const server = createServer();
      await new Promise<void>((ready) => server.listen({ path: folder.at(name) }, ready));
      return server;
    }),
  );
  symlinkSync("own", join(path, "link"));
  writeFileSync(join(path, "file"), "");
  if (isRoot) chownSync(join(path, "theirs"), 65534, 65534);
  const found = ["own", "theirs", "link", "file", "missing"].map((name) => folder.isOwnSocket(name));
  expect(found).toEqual([true, !isRoot, false, false, false]);
  for (const server of servers) server.close();
  folder.close();
});
