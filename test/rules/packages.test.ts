// Do the packages import only along their arrows, and does the profiler know them only by a command that loads one?
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { arrows } from "../../scripts/house.mjs";
import { filesBelow, linesOf, shownLine } from "../helpers/tree.js";

const rooms = arrows("Rooms of `packages/`") as ReadonlyMap<string, string[]>;
const sources = filesBelow("packages").filter((path) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(path));
const packageNames = new Map([
  ["@gst-pyroscope/contract", "contract"],
  ["gst-pyroscope-player", "player"],
  ["gst-pyroscope-serve", "serve"],
]);

/** Of a file below packages/: its package, or the folder in it that the table names; one of src/ is a room of its own. */
function roomOf(path: string): string {
  if (path.startsWith("src/")) return path.replace(/\.[jt]sx?$/, "");
  const [, name = "", , folder = ""] = path.split("/");
  return rooms.has(`${name}/${folder}`) ? `${name}/${folder}` : name;
}

/** Room of what a line imports; undefined: of a library, or nothing. */
function imported(path: string, text: string): string | undefined {
  const [, target = ""] = /(?:from|import)\s*\(?\s*"([^"]+)"/.exec(text) ?? [];
  if (target.startsWith(".")) return roomOf(normalize(join(dirname(path), target)));
  return [...packageNames].find(([name]) => target === name || target.startsWith(`${name}/`))?.[1];
}

describe("packages", () => {
  test("each has its arrows", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.map(roomOf).filter((room) => !rooms.has(room))).toEqual([]);
  });

  test("import only along them", () => {
    const strays = linesOf(sources).filter(({ path, text }) => {
      const [from, to] = [roomOf(path), imported(path, text)];
      return to !== undefined && to !== from && !rooms.get(from)?.includes(to);
    });
    expect(strays.map(shownLine)).toEqual([]);
  });

  test("are loaded by the profiler in one command each, and when that is asked for", () => {
    const lines = linesOf(filesBelow("src")).filter(({ text }) =>
      [...packageNames.keys()].some((name) => text.includes(`"${name}`)),
    );
    const strays = lines.filter(
      ({ path, text }) => !path.startsWith("src/commands/") || /^\s*import .* from /.test(text),
    );
    expect(strays.map(shownLine)).toEqual([]);
  });

  test("know neither Node in a page nor a page in Node: the contract knows none of both", () => {
    const pure = sources.filter((path) => /^packages\/(contract|player)\//.test(path));
    expect(
      linesOf(pure)
        .filter(({ text }) => /from "node:/.test(text))
        .map(shownLine),
    ).toEqual([]);
  });
});
