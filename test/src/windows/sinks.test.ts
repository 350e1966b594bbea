// Is the media that left a pipeline as long as what its caps say, where they say it: at the sink, or before the muxer?
import { expect, test } from "vitest";
import { sinkWindows } from "../../../src/windows/sinks.js";
import { Structure } from "../../../src/windows/structure.js";
import { Piped } from "../../helpers/piped.js";

function sinksOf(piped: Piped, counts: [string, number, number][], cells = piped.after(10)) {
  const [pipeline] = new Structure(piped.topology).of(cells);
  if (pipeline === undefined) throw new Error("no pipeline");
  return sinkWindows(
    pipeline,
    new Map(counts.map(([name, buffers, bytes]) => [piped.padOf(name), { buffers, bytes }])),
  );
}

test("without caps there is no length", () => {
  expect(sinksOf(new Piped(), [["out", 70, 9000]])).toEqual([{ path: "p/out", buffers: 70, media_ms: null }]);
});

test("of a muxer's packets it is what the muxer got", () => {
  const piped = new Piped();
  piped.caps("out", "video/mpegts, systemstream=true, packetsize=188");
  piped.caps("mux", "video/x-h264, framerate=25/1, alignment=au");
  piped.caps("enc", "video/x-raw, framerate=50/1");
  expect(
    sinksOf(piped, [
      ["out", 700, 9000],
      ["mux", 50, 1000],
    ]),
  ).toEqual([{ path: "p/out", buffers: 700, media_ms: 2000 }]);
  expect(sinksOf(piped, [])).toEqual([{ path: "p/out", buffers: 0, media_ms: 0 }]);
});

test("of picture and sound the shorter one counts", () => {
  const piped = new Piped();
  piped.add("audio", "avenc_aac");
  const pad = piped.entries.pad(piped.elements.mux ?? 0, "sink_1", "sink_%u", "sink");
  piped.caps("mux", "video/x-h264, framerate=25/1, alignment=au");
  piped.entries.all.push({
    ...{ id: 99_999, kind: "caps", parent: 0, value0: pad, value1: 0 },
    texts: ["audio/mpeg, mpegversion=4, rate=48000"],
  });
  piped.told();
  const sound = { ...piped.hop("audio", "mux", [5, 5]), pad };
  const [pipeline] = new Structure(piped.topology).of([...piped.after(10), sound]);
  if (pipeline === undefined) throw new Error("no pipeline");
  const counts = new Map([
    [piped.padOf("mux"), { buffers: 50, bytes: 1 }],
    [pad, { buffers: 75, bytes: 1 }],
  ]);
  expect(sinkWindows(pipeline, counts)).toEqual([{ path: "p/out", buffers: 0, media_ms: 1600 }]);
});

test("an element that never got anything is no sink", () => {
  const piped = new Piped();
  piped.add("unused", "fakesink", 4);
  piped.told();
  expect(sinksOf(piped, []).map(({ path }) => path)).toEqual(["p/out"]);
});

test("of a stream they are those that publish it, or are in the bin that does", () => {
  const piped = new Piped();
  for (const name of ["high", "highest"]) piped.publisher(name, name);
  piped.told();
  const cells = [...piped.after(10), piped.hop("mux", "high-sink", [5]), piped.hop("mux", "highest-sink", [5])];
  const [pipeline] = new Structure(piped.topology).of(cells);
  if (pipeline === undefined) throw new Error("no pipeline");
  const of = (...publishers: string[]) => sinkWindows(pipeline, new Map(), publishers).map(({ path }) => path);
  expect(of("p/high")).toEqual(["p/high/high-sink"]);
  expect(of("p/out", "p/highest")).toEqual(["p/out", "p/highest/highest-sink"]);
  expect(of("p/mux", "p/none")).toEqual([]);
  expect(sinkWindows(pipeline, new Map())).toHaveLength(3);
});
