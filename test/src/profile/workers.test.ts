// Do threads that never cross a pad find the element they work for, and only where that can be known?
import { beforeEach, describe, expect, it } from "vitest";
import type { DirectoryEntry } from "../../../src/model/batch.js";
import { LabelSets } from "../../../src/model/label-sets.js";
import { Topology } from "../../../src/model/topology.js";
import { Workers } from "../../../src/profile/workers.js";
import type { SampleRow } from "../../helpers/batches.js";
import { windowOf } from "../../helpers/folding.js";

const lib = "/usr/lib/x86_64-linux-gnu";
const needs: Record<string, string[]> = {
  [`${lib}/gstreamer-1.0/libgstx264.so`]: ["libgstvideo-1.0.so.0", "libx264.so.164", "libc.so.6"],
  [`${lib}/gstreamer-1.0/libgstlibav.so`]: ["libavcodec.so.59", "libc.so.6"],
  [`${lib}/libavcodec.so.59`]: ["libx264.so.164", "libx265.so.199", "libz.so.1"],
  [`${lib}/gstreamer-1.0/libgstpng.so`]: ["libpng16.so.16"],
  [`${lib}/libpng16.so.16`]: ["libz.so.1"],
};
const modules = [
  "gstreamer-1.0/libgstx264.so",
  "gstreamer-1.0/libgstlibav.so",
  "gstreamer-1.0/libgstpng.so",
  "libx264.so.164",
  "libavcodec.so.59",
  "libx265.so.199",
  "libz.so.1",
  "libc.so.6",
  "libgstvideo-1.0.so.0",
  "libpng16.so.16",
];

let topology: Topology;
let labels: LabelSets;
let workers: Workers;
const ids = new Map<string, number>();

function add(kind: DirectoryEntry["kind"], parent: number, texts: string[], value0 = 0): number {
  const id = ids.size + 1;
  ids.set(texts[0] ?? "", id);
  topology.add([{ id, kind, parent, texts, value0, value1: 0 }]);
  return id;
}

beforeEach(() => {
  ids.clear();
  topology = new Topology();
  labels = new LabelSets(topology);
  workers = new Workers({
    topology,
    labels,
    inspect: async (paths) => paths.map((path) => ({ needed: needs[path] ?? [] })),
  });
  for (const name of modules) {
    const id = add("module", 0, [`${lib}/${name}`, ""]);
    ids.set(name.replace(/^.*\//, ""), id);
  }
  add("pipeline", 0, ["p", "pipeline", "GstPipeline"]);
  for (const thread of ["a:src", "b:src", "main"]) add("thread", 0, [thread]);
});

const element = (name: string, factory: string, plugin: string): number =>
  add("element", ids.get("p") ?? 0, [name, factory, plugin, "", "T"]);
const frames = (...names: string[]): [number, number][] => names.map((name, i) => [ids.get(name) ?? 0, 16 * i + 8]);
const worker = (thread: string, ...names: string[]): SampleRow => ({
  thread: ids.get(thread) ?? 0,
  frames: frames(...names),
});
const pushed = (thread: string, name: string): SampleRow => ({
  thread: ids.get(thread) ?? 0,
  element: ids.get(name) ?? 0,
  frames: frames("libc.so.6"),
});

async function paths(...rows: SampleRow[]): Promise<string[]> {
  const done = windowOf(rows, labels);
  await workers.attribute(done);
  return done.rows.map(({ labelSet }) => labels.labels(labelSet).path);
}

describe("windows that are attributed beside each other", () => {
  it("all know what files say: none goes on with what was known before, while another one asks", async () => {
    let tell = () => {};
    const told = new Promise<void>((resolve) => (tell = resolve));
    const inspect = async (files: string[]) => {
      await told;
      return files.map((path) => ({ needed: needs[path] ?? [] }));
    };
    workers = new Workers({ topology, labels, inspect });
    element("enc", "x264enc", "x264");
    const both = [paths(worker("a:src", "libx264.so.164")), paths(worker("b:src", "libx264.so.164"))];
    tell();
    expect(await Promise.all(both)).toEqual([["(worker:p/enc)"], ["(worker:p/enc)"]]);
  });

  it("know what came while another one asked", async () => {
    element("enc", "x264enc", "x264");
    const first = paths(worker("a:src", "libx264.so.164"));
    element("png", "pngenc", "png");
    expect(await paths(worker("b:src", "libpng16.so.16"))).toEqual(["(worker:p/png)"]);
    expect(await first).toEqual(["(worker:p/enc)"]);
  });
});

describe("a worker's sample", () => {
  it("belongs to the only element of the plugin that its library is linked with, however it waits or copies", async () => {
    element("enc", "x264enc", "x264");
    const found = await paths(
      worker("a:src", "libx264.so.164", "libc.so.6"),
      worker("b:src", "libc.so.6", "libx264.so.164", "libc.so.6"),
    );
    expect(found).toEqual(["(worker:p/enc)", "(worker:p/enc)"]);
    expect(workers.counts).toEqual({ attributed: 2, byFactory: 0, unattributed: 0 });
    expect(labels.labels(labels.numberOfWorker(ids.get("enc") ?? 0, 0))).toMatchObject({
      pipeline: "p",
      element: "enc",
      factory: "x264enc",
    });
  });

  it("belongs to the plugin that is nearer where two are linked with a library", async () => {
    element("enc", "x264enc", "x264");
    element("dec", "avdec_h264", "libav");
    expect(
      await paths(
        worker("a:src", "libx264.so.164"),
        worker("a:src", "libavcodec.so.59"),
        worker("a:src", "libx265.so.199", "libc.so.6"),
        worker("a:src", "libx264.so.164", "libavcodec.so.59"),
      ),
    ).toEqual(["(worker:p/enc)", "(worker:p/dec)", "(worker:p/dec)", "(worker:p/enc)"]);
  });

  it("belongs to nobody in code that several use alike, in GStreamer's own, and in libc", async () => {
    element("dec", "avdec_h264", "libav");
    element("png", "pngenc", "png");
    const found = await paths(
      worker("a:src", "libz.so.1"),
      worker("main", "libc.so.6"),
      worker("main", "libgstvideo-1.0.so.0"),
      worker("a:src", "libz.so.1", "libpng16.so.16"),
    );
    expect(found).toEqual(["", "", "", "(worker:p/png)"]);
    expect(workers.counts).toEqual({ attributed: 1, byFactory: 0, unattributed: 3 });
  });

  it("of two encoders goes to the one whose streaming thread gave the worker its name", async () => {
    element("one", "x264enc", "x264");
    element("two", "x264enc", "x264");
    const found = await paths(
      pushed("a:src", "one"),
      pushed("b:src", "two"),
      worker("b:src", "libx264.so.164"),
      worker("a:src", "libx264.so.164"),
    );
    expect(found.slice(2)).toEqual(["(worker:p/two)", "(worker:p/one)"]);
  });

  it("of two encoders in one thread says the factory, and that it is one of several", async () => {
    element("one", "x264enc", "x264");
    element("two", "x264enc", "x264");
    const found = await paths(pushed("a:src", "one"), pushed("a:src", "two"), worker("a:src", "libx264.so.164"));
    expect(found[2]).toBe("(factory:x264enc)");
    expect(workers.counts.byFactory).toBe(1);
    const set = labels.numberOfFactory([...topology.elements.values()], ids.get("a:src") ?? 0);
    expect(labels.labels(set)).toMatchObject({ pipeline: "p", element: "", factory: "x264enc" });
  });

  it("of two factories of one plugin goes to the one that its thread is called after", async () => {
    element("dec", "avdec_h264", "libav");
    element("aac", "avdec_aac", "libav");
    for (const thread of ["av:h264:df0", "av:aac:df12", "av:df0"]) add("thread", 0, [thread]);
    const found = await paths(
      worker("av:h264:df0", "libavcodec.so.59"),
      worker("av:aac:df12", "libavcodec.so.59"),
      worker("av:df0", "libavcodec.so.59"),
    );
    expect(found).toEqual(["(worker:p/dec)", "(worker:p/aac)", ""]);
  });

  it("of a video and an audio codec of libav goes to the video codec: the other has no threads", async () => {
    for (const kind of ["Video", "Audio"])
      add("element", ids.get("p") ?? 0, [kind, `avdec_${kind}`, "libav", `Codec/Decoder/${kind}`, "T"]);
    expect(await paths(worker("main", "libavcodec.so.59"))).toEqual(["(worker:p/Video)"]);
    // The streaming thread in which both ran may be in either; a worker that got its name is a codec's own.
    const streaming = worker("a:src", "libavcodec.so.59");
    expect(
      await paths(pushed("a:src", "Video"), pushed("a:src", "Audio"), streaming, { ...streaming, threadNumber: 2 }),
    ).toEqual(["p/Video", "p/Audio", "", "(worker:p/Video)"]);
  });

  it("in the loop of a pad belongs to it where the stack says nothing, but not those that got the thread's name", async () => {
    element("qtdemux0", "qtdemux", "isomp4");
    element("a-name-of-many-letters", "queue", "core");
    for (const thread of ["qtdemux0:sink", "a-name-of-many-", "qtdemux"]) add("thread", 0, [thread]);
    const found = await paths(
      worker("qtdemux0:sink", "libc.so.6"),
      { ...worker("qtdemux0:sink", "libc.so.6"), threadNumber: 1 },
      { ...worker("qtdemux0:sink", "libc.so.6"), systemCall: 202 },
      worker("a-name-of-many-", "libc.so.6"),
      worker("qtdemux", "libc.so.6"),
    );
    expect(found).toEqual(["(driver:p/qtdemux0)", "", "", "(driver:p/a-name-of-many-letters)", ""]);
    expect(workers.counts).toEqual({ attributed: 2, byFactory: 0, unattributed: 3 });
  });

  it("in the second loop of a name that is cut belongs to its element too, where that thread ran in it", async () => {
    element("multiqueue0", "multiqueue", "coreelements");
    element("sink", "fakesink", "coreelements");
    add("thread", 0, ["multiqueue0:src"]);
    const numbered = (threadNumber: number, row: SampleRow): SampleRow => ({ ...row, threadNumber });
    const found = await paths(
      numbered(1, worker("multiqueue0:src", "libc.so.6")),
      numbered(2, worker("multiqueue0:src", "libc.so.6")),
      numbered(1, pushed("multiqueue0:src", "multiqueue0")),
      numbered(2, pushed("multiqueue0:src", "sink")),
      numbered(3, worker("multiqueue0:src", "libc.so.6")),
    );
    expect(found).toEqual(["(driver:p/multiqueue0)", "", "p/multiqueue0", "p/sink", ""]);
  });

  it("of libav is a video codec's, also where only the audio codec was seen in a thread of that name yet", async () => {
    const codec = (name: string, klass: string) => add("element", ids.get("p") ?? 0, [name, name, "libav", klass, "T"]);
    codec("avdec_aac", "Codec/Decoder/Audio");
    codec("avdec_h264", "Codec/Decoder/Video");
    const found = await paths(pushed("a:src", "avdec_aac"), {
      ...worker("a:src", "libavcodec.so.59"),
      threadNumber: 1,
    });
    expect(found[1]).toBe("(worker:p/avdec_h264)");
  });

  it("of two loops of one name says the factory, and nothing where they differ", async () => {
    element("typefind", "typefind", "core");
    add("pipeline", 0, ["q", "pipeline", "GstPipeline"]);
    const more = (factory: string): number => add("element", ids.get("q") ?? 0, ["typefind", factory, "core", "", "T"]);
    more("typefind");
    add("thread", 0, ["typefind:sink"]);
    expect(await paths(worker("typefind:sink", "libc.so.6"))).toEqual(["(factory:typefind)"]);
    more("identity");
    expect(await paths(worker("typefind:sink", "libc.so.6"))).toEqual([""]);
  });

  it("of two factories of one plugin in one thread belongs to nobody", async () => {
    element("enc", "avenc_mpeg4", "libav");
    element("dec", "avdec_mpeg4", "libav");
    const rows = [pushed("a:src", "enc"), pushed("a:src", "dec"), worker("a:src", "libavcodec.so.59")];
    expect((await paths(...rows))[2]).toBe("");
  });

  it("keeps its thread's name where nobody can be asked", async () => {
    workers = new Workers({ topology, labels, inspect: () => Promise.reject(new Error("no addon")) });
    element("enc", "x264enc", "x264");
    expect(await paths(worker("a:src", "libx264.so.164"))).toEqual([""]);
  });
});
