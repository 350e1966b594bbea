// Is each kind of element put into the class whose time means what it says?
import { expect, test } from "vitest";
import { classOf, type SeenElement } from "../../../src/windows/element-class.js";

const nothing: SeenElement = {
  ...{ klass: "", source: false, sink: false, sync: false, isQueue: false, drives: false },
  ...{ inputs: 1, live: null, blockedShare: null },
};

test.each<[string, Partial<SeenElement>, string]>([
  ["x264enc", { klass: "Codec/Encoder/Video" }, "work"],
  ["an encoder with a thread of its own", { klass: "Codec/Encoder/Video/Hardware", drives: true }, "work"],
  ["identity", { klass: "Generic" }, "work"],
  ["tee", { klass: "Generic" }, "work"],
  ["qtdemux, which pulls in a thread of its own", { klass: "Codec/Demuxer", drives: true }, "work"],
  ["queue", { klass: "Generic", isQueue: true, drives: true }, "wait"],
  ["multiqueue", { klass: "Generic", isQueue: true, drives: true, inputs: 3 }, "wait"],
  ["mpegtsmux", { klass: "Codec/Muxer", drives: true, inputs: 2 }, "wait"],
  ["mp4mux with one input", { klass: "Codec/Muxer" }, "wait"],
  ["compositor", { klass: "Filter/Editor/Video/Compositor", drives: true, inputs: 2 }, "wait"],
  ["audiomixer, whose class says nothing", { klass: "Generic/Audio", drives: true, inputs: 2 }, "wait"],
  ["autovideosink", { klass: "Sink/Video", sink: true, sync: true }, "wait"],
  ["filesink", { klass: "Sink/File", sink: true }, "sink"],
  ["videotestsrc is-live=true", { klass: "Source/Video", source: true, drives: true, inputs: 0, live: true }, "source"],
  ["videotestsrc", { klass: "Source/Video", source: true, drives: true, inputs: 0, live: false }, "work"],
  ["a camera that nobody asked", { source: true, drives: true, inputs: 0, blockedShare: 0.9 }, "source"],
  ["a file that nobody asked for", { source: true, drives: true, inputs: 0, blockedShare: 0.2 }, "work"],
  ["a source before the first sample", { source: true, drives: true, inputs: 0 }, "work"],
])("%s", (_, seen, expected) => {
  expect(classOf({ ...nothing, ...seen })).toBe(expected);
});
