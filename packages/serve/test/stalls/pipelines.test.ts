// Which pipelines make a stream, which feeds which, and whose sinks are asked where one pipeline makes several streams?
// SPDX-License-Identifier: MPL-2.0
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import { describe, expect, test } from "vitest";
import type { StallCase } from "../../src/answer/stall-case.js";
import { chainOf, piecesOf } from "../../src/stalls/pipelines.js";
import { caseOf, lossy, slow } from "../answer/changes.js";
import { t0 } from "../store/build.js";
import { element, windowRow } from "../store/build-stalls.js";
import { judging, stalledAt } from "./judging.js";

describe("pipelines of a stream", () => {
  const rows = (pipeline: string, factories: string[], more: Partial<PipelineWindow> = {}) =>
    [0, 2000].map((ms) => {
      const elements = factories.map((factory, i) => element(`${pipeline}/${i}`, { factory }));
      return windowRow(t0 + ms, { pipeline, run_id: pipeline, elements, ...more });
    });
  const chain = (own: ReturnType<typeof rows>, others: ReturnType<typeof rows> = []) =>
    chainOf(piecesOf(own), piecesOf(others), {}).map(({ hop, linked, windows }) => [
      windows[0]?.window.pipeline,
      hop,
      linked,
    ]);

  test("that stand beside each other are all asked first", () => {
    expect(chain([...rows("video", ["v4l2src", "hlssink2"]), ...rows("audio", ["alsasrc", "hlssink2"])])).toEqual([
      ["video", 0, null],
      ["audio", 0, null],
    ]);
  });

  test("in a row over SRT are asked from the viewer's side on, whichever told first", () => {
    const far = rows("far", ["videotestsrc", "srtsink"]);
    const near = rows("near", ["srtsrc", "hlssink2"]);
    for (const own of [
      [...far, ...near],
      [...near, ...far],
    ])
      expect(chain(own).sort()).toEqual([
        ["far", 1, "stream"],
        ["near", 0, null],
      ]);
  });

  test("of other streams feed it if only one could", () => {
    const near = rows("near", ["udpsrc", "hlssink2"]);
    const other = (name: string) => rows(name, ["videotestsrc", "udpsink"], { stream_id: name });
    expect(chain(near, other("far"))).toEqual([
      ["near", 0, null],
      ["far", 1, "guess"],
    ]);
    expect(chain(near, [...other("far"), ...other("farther")])).toEqual([["near", 0, null]]);
    expect(chain(near, rows("srt", ["srtsink"]))).toEqual([["near", 0, null]]);
  });

  test("that feed each other in a circle do not hang anything", () => {
    expect(chain([...rows("a", ["udpsrc", "udpsink"]), ...rows("b", ["udpsrc", "udpsink"])]).length).toBe(2);
  });

  const later = (some: ReturnType<typeof rows>, ms: number) =>
    some.map((row) => ({ ...row, fromMs: row.fromMs + ms, toMs: row.toMs + ms }));

  test("a process that was started anew is the same pipeline, one on another machine is not", () => {
    const again = later(rows("main", ["identity"], { run_id: "second" }), 3000);
    const elsewhere = rows("main", ["identity"], { host: "other" });
    expect(piecesOf([...rows("main", ["identity"]), ...again, ...elsewhere]).map((piece) => piece.rows.length)).toEqual(
      [4, 2],
    );
  });
});

describe("pipelines of one name", () => {
  const run = (run_id: string, fromMs: number, untilMs: number, more: Partial<PipelineWindow> = {}) => {
    const rows = [];
    for (let at = fromMs; at < untilMs; at += 2000) rows.push(windowRow(t0 + at, { run_id, ...more }));
    return rows;
  };
  const elementsOf = (...factories: string[]) => ({
    elements: factories.map((factory) => element(`pipeline0/${factory}`, { factory })),
  });
  const runsOf = (...all: ReturnType<typeof run>[]) =>
    piecesOf(all.flat()).map(({ rows }) => [...new Set(rows.map(({ window }) => window.run_id))]);

  test("that run beside each other are several, and a restart belongs to the one that ended", () => {
    const [a, b] = [run("a", 0, 60_000), run("b", 1000, 60_000)];
    expect(runsOf(a, b)).toEqual([["a"], ["b"]]);
    expect(runsOf(run("a", 0, 30_000), b, run("c", 31_000, 60_000))).toEqual([["a", "c"], ["b"]]);
    expect(runsOf(run("c", 31_000, 60_000), run("b", 29_000, 31_000), run("a", 0, 30_000))).toEqual([["a", "b", "c"]]);
    expect(runsOf(a, run("b", 50_000, 54_000))).toEqual([["a"], ["b"]]);
  });

  test("in a row over SRT, as the lab starts them, are two hops", () => {
    const near = run("near", 0, 60_000, elementsOf("srtsrc", "hlssink2"));
    const far = run("far", 3000, 60_000, elementsOf("videotestsrc", "srtsink"));
    const hops = chainOf(piecesOf([...near, ...far]), [], {});
    expect(hops.map(({ hop, windows }) => [hop, windows[0]?.window.run_id, windows.length])).toEqual([
      [0, "near", near.length],
      [1, "far", far.length],
    ]);
  });

  test("that make several streams are one where they feed another one, and do not feed themselves", () => {
    const relay = elementsOf("srtsrc", "srtsink");
    const stream = (stream_id: string, run_id: string, more: Partial<PipelineWindow>) =>
      run(run_id, 0, 8000, { stream_id, stream_source: "sink", pipeline: run_id, ...more });
    const own = stream("one", "relay", relay);
    const link = (...others: ReturnType<typeof run>[]) =>
      chainOf(piecesOf(own), piecesOf([stream("two", "relay", relay), ...others].flat()), {})
        .slice(1)
        .map(({ linked, sinks, windows }) => [linked, sinks, new Set(windows.map(({ window }) => window.stream_id))]);
    expect(link()).toEqual([]);
    const source = elementsOf("videotestsrc", "srtsink");
    const [a, b] = [stream("a", "source", source), stream("b", "source", source)];
    expect(link(a, b)).toEqual([["guess", null, new Set(["a"])]]);
    expect(link(a, stream("b", "another", source))).toEqual([]);
  });

  test("whose sinks publish are judged by those of the stream; where a tag or the name tells, all count", () => {
    const sinks = [{ path: "pipeline0/low/sink", buffers: 1, media_ms: null }];
    const of = (stream_source: PipelineWindow["stream_source"], more: Partial<PipelineWindow> = {}) =>
      chainOf(piecesOf(run("a", 0, 8000, { stream_source, sinks, ...more })), [], {}).map((one) => one.sinks);
    expect(of("sink")).toEqual([["pipeline0/low/sink"]]);
    expect([...of("tag"), ...of("pipeline"), ...of("sink", { sinks: [] })]).toEqual([null, null, null]);
  });
});

describe("a ladder whose agent tells a window of each rendition", () => {
  /** What the judge is told of stalls of two renditions at the same time, and what it answers. */
  async function stalled({ pipelines, stall }: StallCase, meta: Record<string, number>) {
    const one = judging();
    const all = (pipelines[0]?.windows ?? []).filter(({ toMs }) => toMs > stall.atMs - 200_000);
    await one.windows(
      all.flatMap(({ window: { from, to, ...window }, fromMs }) =>
        ["low", "mid", "high"].map((name) => ({
          fromMs: fromMs + t0 - stall.atMs,
          more: {
            ...{ ...window, stream_id: `demo-${name}`, stream_source: "sink" as const },
            sinks: window.sinks.filter(({ path }) => path.endsWith(name)),
          },
        })),
      ),
    );
    const bad = (name: string) => ({ ...stalledAt(name, t0, meta), streamId: `demo-${name}` });
    await one.send(["low", "high"].map(bad));
    await one.wait(4000);
    const told = one.told.map(({ stall, verdict, element }) => [stall.session_id, element?.path ?? verdict]);
    const asked = one.cases.map(({ pipelines }) => pipelines.map(({ hop, sinks }) => [hop, sinks]));
    return { told: Object.fromEntries(told), asked };
  }
  const own = (name: string) => [[0, [`pipeline0/sink_${name}`]]];

  test("one that holds up the others is named to viewers of each; each is judged by its own sink", async () => {
    const { told, asked } = await stalled(caseOf(slow("low")), {});
    expect(told).toEqual({ low: "pipeline0/enc_low", high: "pipeline0/enc_low" });
    expect(asked).toEqual([own("low"), own("high")]);
  });

  test("one that does not is named to its own viewers alone", async () => {
    const { told } = await stalled(caseOf({ fault: { place: "low", load: 4 } }, lossy), { frag_load_ms: 4000 });
    expect(told).toEqual({ low: "pipeline0/enc_low", high: "delivery" });
  });
});
