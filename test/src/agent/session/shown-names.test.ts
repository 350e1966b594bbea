// Does a password in the name of an element, a pad, a pipeline or a thread stay in the target, and is all else passed on as it is?
import { describe, expect, it } from "vitest";
import { withShownNames } from "../../../../src/agent/session/shown-names.js";
import type { SampleSource } from "../../../../src/input/drain.js";
import type { DirectoryEntry, EntryKind } from "../../../../src/model/batch.js";
import { batchOf } from "../../../helpers/batches.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";

const SECRET = "rtsp://me:hunter2@camera/stream";

const entry = (kind: EntryKind, texts: string[]): DirectoryEntry => ({
  ...{ id: 3, kind, parent: 2, texts, value0: 1, value1: 7, replaces: 9 },
});

function sourceOf(entries: DirectoryEntry[]) {
  const asked: unknown[] = [];
  const look = { cells: [cellOf(1, [5])], ended: [], gone: [] };
  const batch = batchOf([{ weightNs: 1 }]);
  const state = stateOf();
  const source: SampleSource = {
    state: () => state,
    drain: (most) => {
      asked.push(most);
      return batch;
    },
    look: (whole) => {
      asked.push(whole);
      return look;
    },
    directory: () => entries,
    retired: () => 42,
    acknowledge: (retired) => void asked.push(`acknowledged ${retired}`),
    isReuseDue: () => true,
  };
  return { shown: withShownNames(source), asked, look, batch, state };
}

const shownOf = (...entries: DirectoryEntry[]) => sourceOf(entries).shown.directory();

describe("a name that leaves the target", () => {
  it.each(["pipeline", "element", "pad", "thread"] as const)("has no password where it is that of a %s", (kind) => {
    const [shown] = shownOf(entry(kind, [SECRET, "rtspsrc", "plugin"]));
    expect(shown?.texts[0]).not.toContain("hunter2");
    expect(shown?.texts[0]).toContain("camera");
    expect(shown).toEqual({ ...entry(kind, ["", "rtspsrc", "plugin"]), texts: [shown?.texts[0], "rtspsrc", "plugin"] });
  });

  it("has none in the names of functions, line by line, whose numbers stay", () => {
    const lines = ["2 87c0 t GstX264Enc::handle_frame", `2 1f00 t GstTee ${SECRET} chain`, "2 9 r [runs a task]", ""];
    const [shown] = shownOf(entry("functions", [lines.join("\n")]));
    const [first, second, ...rest] = shown?.texts[0]?.split("\n") ?? [];
    expect([first, ...rest]).toEqual([lines[0], lines[2], ""]);
    expect(second).toMatch(/^2 1f00 t GstTee .*camera.* chain$/);
    expect(second).not.toContain("hunter2");
  });

  it("is the same where it gives nothing away, whatever letters it has", () => {
    for (const name of ["h264enc0", "queue:src", "weiß-Ω", "", "a b\nc", "100%"])
      expect(shownOf(entry("element", [name]))).toEqual([entry("element", [name])]);
  });

  it("is found where the entry has no text at all", () => {
    expect(shownOf(entry("thread", []))).toEqual([entry("thread", [])]);
  });

  it("is no fact and no module: these are redacted where they are shown, and a path must stay the path", () => {
    const others = [entry("module", ["/opt/a=b@c/lib.so", "abcd"]), entry("fact", ["token=x", "y"])];
    expect(shownOf(...others)).toEqual(others);
  });
});

it("does not change the entry that the reader gave", () => {
  const given = entry("element", [SECRET, "rtspsrc"]);
  expect(shownOf(given)[0]).not.toBe(given);
  expect(given.texts).toEqual([SECRET, "rtspsrc"]);
});

it("passes on everything else: samples, cells, state, and what is acknowledged", () => {
  const { shown, asked, look, batch, state } = sourceOf([]);
  expect([shown.drain(17), shown.look(true), shown.look(false), shown.state()]).toEqual([batch, look, look, state]);
  shown.acknowledge(shown.retired());
  expect([asked, shown.isReuseDue()]).toEqual([[17, true, false, "acknowledged 42"], true]);
});
