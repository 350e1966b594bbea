// Do ids become the right elements, paths and labels, whatever a target writes?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { elementPath, pathParts } from "../../../src/analysis/paths.js";
import type { DirectoryEntry } from "../../../src/model/batch.js";
import { Topology, threadOf } from "../../../src/model/topology.js";
import { Entries } from "../../helpers/entries.js";

function topologyOf(entries: Entries): Topology {
  const topology = new Topology();
  topology.add(entries.all);
  return topology;
}

describe("paths", () => {
  it("lead from the pipeline through bins by the real names", () => {
    const entries = new Entries();
    const pipeline = entries.pipeline("pipeline7");
    const outer = entries.bin(pipeline, "outer");
    const inner = entries.bin(outer, "decodebin3", "decodebin");
    const element = entries.element(inner, "identity17", "identity");
    const topology = topologyOf(entries);
    expect(topology.elements.get(element)?.path).toBe("pipeline7/outer/decodebin3/identity17");
    expect(topology.elements.get(inner)).toMatchObject({ bin: true, path: "pipeline7/outer/decodebin3" });
  });

  it("escape a slash in a name", () => {
    const entries = new Entries();
    const element = entries.element(entries.pipeline("a/b"), "c/d", "identity");
    expect(topologyOf(entries).elements.get(element)?.path).toBe("a\\/b/c\\/d");
  });

  it("are no time of another element, however a pipeline is called", () => {
    const entries = new Entries();
    const element = entries.element(entries.pipeline("(driver:x"), "enc)", "identity");
    const path = topologyOf(entries).elements.get(element)?.path ?? "";
    expect([path, elementPath(path), pathParts(path)]).toEqual(["\\(driver:x/enc)", path, ["(driver:x", "enc)"]]);
  });

  it("say which pipelines have another name by now, and take that for no fact", () => {
    const entries = new Entries();
    entries.pipeline("cam/1", 2);
    entries.fact("renamed", "cam/1", 2);
    const topology = topologyOf(entries);
    expect(topology.describe().renamed).toEqual(["cam\\/1#2"]);
    expect(topology.facts.size).toBe(0);
  });

  it("tell two living pipelines of one name apart", () => {
    const entries = new Entries();
    const first = entries.element(entries.pipeline("cam"), "enc", "x264enc");
    const second = entries.element(entries.pipeline("cam", 2), "enc", "x264enc");
    const topology = topologyOf(entries);
    expect(topology.elements.get(first)?.path).toBe("cam/enc");
    expect(topology.elements.get(second)?.path).toBe("cam#2/enc");
    expect(topology.describe().pipelines).toEqual(["cam", "cam#2"]);
  });

  it("begin at the element where no pipeline is known", () => {
    const entries = new Entries();
    const element = entries.element(0, "lonely", "identity");
    expect(topologyOf(entries).elements.get(element)).toMatchObject({ path: "lonely", pipeline: 0 });
  });

  it("have no circles, even if the target says so", () => {
    const circle: DirectoryEntry[] = [2, 3].map((id) => {
      return { id, kind: "element", parent: id === 2 ? 3 : 2, texts: [`e${id}`, "bin"], value0: 1, value1: 0 };
    });
    circle.push({ id: 4, kind: "element", parent: 4, texts: ["self"], value0: 0, value1: 0 });
    const topology = new Topology();
    topology.add(circle);
    expect([...topology.elements.values()].map((element) => element.path)).toEqual(["e2", "e2/e3", "self"]);
  });
});

describe("labels", () => {
  it("renumber made-up names by pipeline and leave given ones alone", () => {
    const entries = new Entries();
    const first = entries.pipeline("pipeline12");
    const second = entries.pipeline("pipeline30");
    const ids = [
      entries.element(first, "identity17", "identity"),
      entries.element(first, "cam1", "v4l2src"),
      entries.element(first, "identity3", "identity"),
      entries.element(second, "identity4", "identity"),
      entries.element(second, "queue2-5", "queue2"),
    ];
    const topology = topologyOf(entries);
    const labels = ids.map((id) => topology.elements.get(id)?.label);
    expect(labels).toEqual(["identity0", "cam1", "identity1", "identity0", "queue2-0"]);
    expect([first, second].map((id) => topology.pipelines.get(id)?.label)).toEqual(["pipeline0", "pipeline1"]);
  });

  it("show the bin of a second element of one name", () => {
    const entries = new Entries();
    const pipeline = entries.pipeline("p");
    const one = entries.element(entries.bin(pipeline, "decodebin0", "decodebin"), "typefind", "typefind");
    const two = entries.element(entries.bin(pipeline, "decodebin1", "decodebin"), "typefind", "typefind");
    const topology = topologyOf(entries);
    expect(topology.elements.get(one)?.label).toBe("typefind");
    expect(topology.elements.get(two)?.label).toBe("decodebin1/typefind");
  });

  it("do not depend on how the entries arrive in pieces", () => {
    const entries = new Entries();
    const pipeline = entries.pipeline("pipeline1");
    for (let i = 9; i > 0; i--) entries.element(pipeline, `identity${i}`, "identity");
    const whole = topologyOf(entries);
    const pieces = new Topology();
    for (const entry of entries.all) pieces.add([entry]);
    expect([...pieces.elements.values()]).toEqual([...whole.elements.values()]);
  });

  it("name a thread once its element is known", () => {
    const entries = new Entries();
    const thread = entries.thread("queue17:src");
    const topology = topologyOf(entries);
    expect(topology.threadLabel(thread)).toBe("queue17:src");
    const before = entries.all.length;
    entries.element(entries.pipeline("p"), "queue17", "queue");
    topology.add(entries.all.slice(before));
    expect(topology.threadLabel(thread)).toBe("queue:src");
    expect(topology.threadName(thread)).toBe("queue17:src");
  });

  it("tell living threads of one name apart by their numbers", () => {
    const entries = new Entries();
    const thread = entries.thread("pool");
    const topology = topologyOf(entries);
    const threads = [0, 1, 4095].map((number) => threadOf(thread, number));
    expect(threads.map((one) => topology.threadPath(one))).toEqual(["pool", "pool#2", "pool#4096"]);
    expect(threads.map((one) => topology.threadName(one))).toEqual(["pool", "pool", "pool"]);
    expect(threads.map((one) => topology.threadLabel(one))).toEqual(["pool", "pool", "pool"]);
    const lies = [threadOf(0, 0), threadOf(0, 1), threadOf(2 ** 32 - 1, 2 ** 32 - 1)];
    expect(lies.map((one) => topology.threadPath(one))).toEqual(["", "", ""]);
  });
});

describe("cells", () => {
  const entries = new Entries();
  const pipeline = entries.pipeline("p");
  const source = entries.element(pipeline, "src", "filesrc", 2);
  const parser = entries.element(pipeline, "parse", "h264parse");
  const sourcePad = entries.pad(source, "src", "src", "src");
  const sinkPad = entries.pad(parser, "sink", "sink", "sink");
  const topology = topologyOf(entries);

  it("of a pad belong to its element", () => {
    expect(topology.elementOfPad(sinkPad)?.id).toBe(parser);
    expect(topology.elementOfPad(sourcePad)?.id).toBe(source);
  });

  it("of a pad that is not known have no element", () => {
    expect(topology.elementOfPad(0)).toBeUndefined();
    expect(topology.elementOfPad(9999)).toBeUndefined();
  });

  it("of pads that did not fit belong to (overflow)", () => {
    expect(topology.elementOfPad(1)?.path).toBe("(overflow)");
  });
});

describe("the rest of the directory", () => {
  it("keeps facts, modules and what an element is", () => {
    const entries = new Entries();
    entries.fact("executable", "/usr/bin/gst-launch-1.0");
    const file = entries.module("/usr/lib/libx.so", "abcd", 0, 8192);
    const jit = entries.module("", "", 2);
    const odd = entries.module("", "", 77);
    const sink = entries.element(entries.pipeline("p"), "s", "fakesink", 4);
    const topology = topologyOf(entries);
    expect(topology.facts.get("executable")).toBe("/usr/bin/gst-launch-1.0");
    expect(topology.modules.get(file)).toEqual({
      id: file,
      path: "/usr/lib/libx.so",
      buildId: "abcd",
      kind: "file",
      size: 8192,
    });
    expect(topology.modules.get(jit)?.kind).toBe("jit");
    expect(topology.modules.get(odd)?.kind).toBe("anon");
    expect(topology.elements.get(sink)).toMatchObject({
      sink: true,
      source: false,
      bin: false,
      plugin: "plugin",
      klass: "Klass",
    });
  });

  it("is described whole for a capture", () => {
    const entries = new Entries();
    const element = entries.element(entries.pipeline("p"), "e", "identity");
    const pad = entries.pad(element, "src", "src", "src");
    const { elements, pads } = topologyOf(entries).describe();
    expect(elements).toContainEqual({
      id: element,
      path: "p/e",
      pipeline: "p",
      name: "e",
      factory: "identity",
      plugin: "plugin",
      bin: false,
      source: false,
      sink: false,
      leaky: false,
      sync: false,
    });
    expect(pads).toContainEqual({ id: pad, element, name: "src", direction: "src" });
  });

  it("has the caps of a pad as they were told last, none of a pad that is not there", () => {
    const entries = new Entries();
    const element = entries.element(entries.pipeline("p"), "e", "identity");
    const pad = entries.pad(element, "sink", "sink", "sink");
    for (const text of ["video/x-raw, width=8", "video/x-raw, width=16"]) entries.caps(pad, text);
    entries.caps(pad + 1000, "audio/x-raw");
    const topology = new Topology();
    topology.add(entries.all);
    const { pads } = topology.describe();
    expect(pads).toContainEqual({ id: pad, element, name: "sink", direction: "sink", caps: "video/x-raw, width=16" });
    expect(JSON.stringify(pads)).not.toContain("audio");
  });

  it("bears missing texts", () => {
    const topology = new Topology();
    topology.add([{ id: 2, kind: "element", parent: 0, texts: [], value0: 0, value1: 0 }]);
    expect(topology.elements.get(2)).toMatchObject({ name: "", factory: "", path: "" });
  });
});

describe("what a hostile target writes", () => {
  it("is shown to a depth of 32 names, with … and its own name behind them", () => {
    const entries = new Entries();
    let parent = entries.pipeline("p");
    const all = Array.from({ length: 15_000 }, (_, i) => {
      parent = entries.bin(parent, `b${i}`);
      return parent;
    });
    const { elements } = topologyOf(entries);
    const deepest = elements.get(all[30] ?? 0)?.path ?? "";
    expect(deepest.split("/")).toHaveLength(32);
    for (const at of [31, 32, 14_999]) expect(elements.get(all[at] ?? 0)?.path).toBe(`${deepest}/…/b${at}`);
    expect(elements.get(all[14_999] ?? 0)?.pipeline).toBe(2);
  });

  it("makes no path longer than 1024 characters and a name, and no label longer than 256", () => {
    const entries = new Entries();
    let parent = entries.pipeline("p");
    for (let i = 0; i < 2000; i++) parent = entries.bin(parent, "/".repeat(250));
    for (const { path, label } of topologyOf(entries).elements.values()) {
      expect(path.length).toBeLessThanOrEqual(1024 + 3 + 500);
      expect(label.length).toBeLessThanOrEqual(256);
    }
  });
});
