// Do our cells count what probes count, and does the same come out with and without us, for every kind of element?
// SPDX-License-Identifier: MPL-2.0
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launch, plain, type Truth, traced } from "../helpers/pad-truth.js";
import { root, runToEnd, scratch } from "../helpers/pipelines.js";

const video = "video/x-raw,width=160,height=120,framerate=30/1";
const picture = (more = "") => `videotestsrc num-buffers=40 ${more} ! ${video}`;
const sound = (more = "") => `audiotestsrc num-buffers=60 ${more}`;

/** TABLE: what is shown; the pipeline, which writes into {out} and reads what `beforeAll` made from {in}; least pads and buffers. */
const kinds: [what: string, pipeline: string, pads: number, buffers: number][] = [
  [
    "GstAggregator: compositor and audiomixer",
    `${picture()} ! c. ${picture("pattern=ball")} ! c. compositor name=c sink_1::xpos=80 ! videoconvert ! filesink location={out}/v ` +
      `${sound()} ! m. ${sound("freq=700")} ! m. audiomixer name=m ! audioconvert ! filesink location={out}/a`,
    10,
    400,
  ],
  [
    "GstCollectPads, also with its function set late: adder, avimux, compare",
    `${sound()} ! a. ${sound("freq=700")} ! a. adder name=a ! audioconvert ! x. avimux name=x ! filesink location={out}/avi ` +
      `${picture()} ! jpegenc ! x. ` +
      `compare name=c ! fakesink ${picture()} ! tee name=t ! queue ! c.sink t. ! queue ! videoflip ! c.check`,
    14,
    700,
  ],
  [
    "GstBaseParse, pushed and pulled",
    `${sound()} ! flacenc ! flacparse ! flacdec ! filesink location={out}/pushed ` +
      "filesrc location={in}/sound.flac ! flacparse ! flacdec ! filesink location={out}/pulled",
    7,
    80,
  ],
  [
    "tee with queues, concat, funnel",
    `${picture()} ! tee name=t ! queue ! fakesink t. ! queue ! videoscale ! video/x-raw,width=64,height=64 ! filesink location={out}/t ` +
      `concat name=c ! filesink location={out}/c ${sound()} ! c. ${sound("freq=900")} ! c.`,
    9,
    400,
  ],
  [
    "decodebin3 and decodebin on two streams, parsebin",
    "filesrc location={in}/both.mkv ! decodebin3 name=d ! queue ! videoconvert ! filesink location={out}/v d. ! queue ! audioconvert ! filesink location={out}/a " +
      "filesrc location={in}/both.mkv ! decodebin name=e ! queue ! videoconvert ! filesink location={out}/w e. ! queue ! audioconvert ! filesink location={out}/b " +
      "filesrc location={in}/sound.flac ! parsebin ! filesink location={out}/p",
    25,
    900,
  ],
  [
    "elements that set or save functions behind our back: a52dec, multipartdemux",
    `${sound()} ! audioconvert ! avenc_ac3 ! a52dec ! audioconvert ! filesink location={out}/a ` +
      `${picture()} ! jpegenc ! multipartmux ! multipartdemux ! jpegdec ! filesink location={out}/v`,
    10,
    400,
  ],
];

/** TABLE: what differs from run to run by itself (which input is active, what the network does): counts only. */
const alive: [what: string, pipeline: string, pads: number, buffers: number][] = [
  [
    "input-selector, netsim and six threads into a funnel",
    "input-selector name=s sync-streams=false ! fakesink fakesrc num-buffers=300 ! s. fakesrc num-buffers=300 ! s. " +
      "fakesrc num-buffers=300 ! netsim drop-probability=0.1 ! fakesink " +
      `funnel name=f ! fakesink ${"fakesrc num-buffers=200 ! f. ".repeat(6)}`,
    11,
    3500,
  ],
  [
    "rtpbin, both ways",
    "rtpbin name=r audiotestsrc num-buffers=60 is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000 ! alawenc ! rtppcmapay ! r.send_rtp_sink_0 " +
      "r.send_rtp_src_0 ! queue ! q.recv_rtp_sink_0 rtpbin name=q latency=20 q. ! rtppcmadepay ! fakesink sync=false",
    10,
    600,
  ],
];

const lossesOfWrapping = (truth: Truth) =>
  Object.fromEntries(Object.entries(truth.counters).filter(([name]) => /^(wrap|frame|cells|directory)_/.test(name)));

describe("probes and cells count the same, and the output is the same", () => {
  const inputs = scratch();
  let place: ReturnType<typeof scratch>;
  beforeAll(async () => {
    const mux = `${sound()} ! vorbisenc ! matroskamux name=m ! filesink location=${inputs.dir}/both.mkv ${picture()} ! jpegenc ! m.`;
    await runToEnd("gst-launch-1.0", launch(mux).slice(1));
    await runToEnd(
      "gst-launch-1.0",
      launch(`${sound()} ! flacenc ! filesink location=${inputs.dir}/sound.flac`).slice(1),
    );
  });
  beforeEach(() => {
    place = scratch();
  });
  afterEach(() => place.dispose());
  afterAll(() => inputs.dispose());

  const argv = (pipeline: string) => launch(pipeline.replaceAll("{in}", inputs.dir));

  it.each(kinds)("%s", async (_, pipeline, pads, buffers) => {
    const { output, truth } = await traced(argv(pipeline), place.dir);
    expect(truth.wrong).toEqual([]);
    expect(lossesOfWrapping(truth)).toEqual({});
    expect(truth.pads).toBeGreaterThanOrEqual(pads);
    expect(truth.pushed).toBeGreaterThanOrEqual(buffers);
    expect(output).toEqual(await plain(argv(pipeline), place.dir));
  });

  it.each(alive)("%s", async (_, pipeline, pads, buffers) => {
    const { truth } = await traced(argv(pipeline), place.dir);
    expect(truth.wrong).toEqual([]);
    expect(lossesOfWrapping(truth)).toEqual({});
    expect(truth.pads).toBeGreaterThanOrEqual(pads);
    expect(truth.pushed).toBeGreaterThanOrEqual(buffers);
  });

  it("webrtcbin, both ends", async () => {
    const { truth } = await traced([`${root}build/tests/webrtc_loopback`, "50"], place.dir);
    expect(truth.wrong).toEqual([]);
    expect(lossesOfWrapping(truth)).toEqual({});
    expect(truth.pads).toBeGreaterThanOrEqual(15);
    expect(truth.pushed).toBeGreaterThanOrEqual(500);
  });

  it.each([
    ["before its pad is added", "before", false],
    ["after its pad was added", "after", false],
    ["anew for every buffer", "anew", true],
  ])("an element in Python that sets its chain function %s", async (_, mode, fillsLevels) => {
    const host = ["/usr/bin/python3", `${root}test/fixtures/hosts/own-chain.py`, mode, "1000"];
    const { output, truth } = await traced(host, place.dir);
    expect(truth.wrong).toEqual([]);
    expect(truth.pushed).toBe(2000);
    // Closures that found no wrapper are counted by the buffer and as what they are; no other loss.
    expect(Object.keys(lossesOfWrapping(truth))).toEqual(fillsLevels ? ["wrap_levels_full"] : []);
    expect(output).toEqual(await plain(host, place.dir));
  });
});
