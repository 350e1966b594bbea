// Is a directory one writer's at a time, is a dead writer's free, and is nothing touched that is none of ours?
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  captureObstacle,
  claimDirectory,
  clearCapture,
  clearParts,
  releaseDirectory,
} from "../../../src/capture/claim.js";
import type { OwnFolder } from "../../../src/capture/own-folder.js";
import { scratch } from "../../helpers/scratch.js";

const open: OwnFolder[] = [];
afterEach(() => {
  for (const folder of open.splice(0)) folder.close();
});
async function claim(dir: string, request: Parameters<typeof claimDirectory>[1] = {}): Promise<string> {
  const folder = await claimDirectory(dir, request);
  open.push(folder);
  return folder.path;
}
/** What another program left there. */
function folderWith(files: Record<string, string>): string {
  const dir = scratch("claimed");
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}
const CAPTURE = '{"format":"gst-pyroscope-capture"}';
const DEAD = "1 1\n"; // process 1 did not start in the kernel's first tick
const code = (name: string) => expect.objectContaining({ code: name });

describe("a directory", () => {
  it("that is not there is made, and is its writer's by number and start", async () => {
    const dir = scratch("new");
    expect(await claim(dir)).toBe(dir);
    expect(readdirSync(dir)).toEqual([".writer"]);
    expect(readFileSync(join(dir, ".writer"), "utf8")).toMatch(new RegExp(`^${process.pid} \\d+\\n$`));
  });

  it("is one writer's: the second gets a folder in it, and the next free one after that", async () => {
    const dir = scratch("shared");
    expect([await claim(dir), await claim(dir), await claim(dir)]).toEqual([
      dir,
      join(dir, "process-2"),
      join(dir, "process-3"),
    ]);
    await releaseDirectory(open[1] as OwnFolder);
    expect(await claim(dir)).toBe(join(dir, "process-2"));
  });

  it("is exactly one writer's when twenty ask at once", async () => {
    const dir = scratch("race");
    const all = await Promise.all(Array.from({ length: 20 }, () => claim(dir)));
    expect(new Set(all).size).toBe(20);
    for (const path of all) expect(readdirSync(path).filter((name) => name.startsWith(".part-"))).toEqual([]);
  });

  it("of a dead writer is free", async () => {
    for (const left of [DEAD, "", "nonsense", "99999999 5\n", `${process.pid} 1\n`]) {
      const dir = folderWith({ ".writer": left });
      expect(await claim(dir)).toBe(dir);
      expect(readFileSync(join(dir, ".writer"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
    }
  });

  it("with other files is refused and left as it is", async () => {
    const dir = folderWith({ "report.html": "mine" });
    await expect(claim(dir)).rejects.toEqual(code("ERR_CAPTURE_OCCUPIED"));
    expect(readdirSync(dir)).toEqual(["report.html"]);
  });

  it("with an older capture is taken over, or refused where that was asked for", async () => {
    const dir = folderWith({ "capture.json": CAPTURE, "notes.txt": "mine" });
    await expect(claim(dir, { replace: false })).rejects.toEqual(code("ERR_CAPTURE_EXISTS"));
    expect(existsSync(join(dir, ".writer"))).toBe(false);
    expect(await claim(dir)).toBe(dir);
  });

  it("that is a file, or below one, is none", async () => {
    const dir = folderWith({ file: "" });
    for (const path of [join(dir, "file"), join(dir, "file", "below")])
      await expect(claim(path)).rejects.toEqual(code("ERR_CAPTURE_NOT_A_DIRECTORY"));
  });
});

describe("a process's folder", () => {
  it("is the one that was asked for; a second writer of it is refused", async () => {
    const dir = scratch("run");
    expect([await claim(dir, { process: 1 }), await claim(dir, { process: 2 })]).toEqual([dir, join(dir, "process-2")]);
    await expect(claim(dir, { process: 2 })).rejects.toEqual(code("ERR_CAPTURE_BUSY"));
  });
});

describe("what would be in the way is told before anything is written", () => {
  it.each<[string, Record<string, string>, boolean, string | null]>([
    ["an empty folder", { "x/y": "" }, false, "ERR_CAPTURE_OCCUPIED"],
    ["a capture", { "capture.json": CAPTURE }, true, null],
    ["a capture", { "capture.json": CAPTURE }, false, "ERR_CAPTURE_EXISTS"],
    ["a capture that is damaged", { "capture.json": CAPTURE.slice(0, -3) }, true, "ERR_CAPTURE_OCCUPIED"],
    ["what a dead writer left", { ".writer": DEAD, ".part-1": "" }, false, null],
  ])("of %s with %j and replace %s", async (_, files, replace, expected) => {
    const dir = folderWith(files);
    const before = readdirSync(dir, { recursive: true }).sort();
    expect((await captureObstacle(dir, replace))?.code ?? null).toBe(expected);
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
  });

  it("of a folder that somebody writes, of none at all, and of a file", async () => {
    const dir = scratch("busy");
    await claim(dir);
    expect((await captureObstacle(dir, true))?.code).toBe("ERR_CAPTURE_BUSY");
    expect(await captureObstacle(scratch("none"), false)).toBeNull();
    expect((await captureObstacle(join(folderWith({ file: "" }), "file"), true))?.code).toBe(
      "ERR_CAPTURE_NOT_A_DIRECTORY",
    );
  });
});

describe("an older capture that is cleared", () => {
  const old = {
    "capture.json": CAPTURE,
    "metrics.ndjson": "",
    "report.html": "",
    "notes.txt": "mine",
    ".part-1": "",
    "profiles/cpu-1.pb.gz": "",
    "profiles/cpu-1-8.pb.gz": "",
    "profiles/mine.pb.gz": "mine",
    "process-2/capture.json": CAPTURE,
    "process-2/profiles/wall-1.pb.gz": "",
    "process-3/capture.json": "{}",
    "process-4/capture.json": CAPTURE,
    "process-4/notes.txt": "mine",
  };

  it("loses its own files and those of its processes, and keeps everything else", async () => {
    const dir = folderWith(old);
    await claim(dir);
    await clearCapture(open[0] as OwnFolder);
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1)).sort()).toEqual([
      ".writer",
      "capture.json",
      "notes.txt",
      "process-3/capture.json",
      "process-4/notes.txt",
      "profiles/mine.pb.gz",
    ]);
    expect(existsSync(join(dir, "process-2"))).toBe(false);
  });

  it("keeps a process that is still written", async () => {
    const dir = folderWith({ "capture.json": CAPTURE });
    await claim(dir, { process: 1 });
    await claim(dir, { process: 2 });
    writeFileSync(join(dir, "process-2", "capture.json"), CAPTURE);
    await clearCapture(open[0] as OwnFolder);
    expect(readdirSync(join(dir, "process-2")).sort()).toEqual([".writer", "capture.json"]);
  });

  it("loses what a dead writer had in the making, and that alone", async () => {
    const dir = folderWith({ "capture.json": CAPTURE, ".part-1": "", ".part-2": "" });
    await claim(dir);
    await clearParts(open[0] as OwnFolder);
    expect(readdirSync(dir).sort()).toEqual([".writer", "capture.json"]);
  });
});
