// TABLE: which pipelines does the matrix run, and how many buffers go into and out of which element of each? Each takes seconds of CPU time.
// SPDX-License-Identifier: MPL-2.0

const buffers = 10_000;
const frames = 3300;
const small = "video/x-raw,width=320,height=240";
const picture = "video/x-raw,format=I420,width=640,height=480";
const jpegs = `videotestsrc num-buffers=${frames} ! ${picture} ! jpegenc ! fakesink`;
const h264 = `videotestsrc num-buffers=${frames} ! ${small} ! x264enc speed-preset=veryfast ! fakesink`;
const convert = `videotestsrc num-buffers=${frames} ! ${picture} ! videoconvert ! video/x-raw,format=ARGB ! videoscale ! ${small} ! fakesink`;
const counted = { fakesrc0: [0, buffers], identity0: [buffers, buffers], fakesink0: [buffers, 0] };
const encoded = (name) => ({
  videotestsrc0: [0, frames],
  [name]: [frames, frames],
  fakesink0: [frames, 0],
});
const converted = {
  videotestsrc0: [0, frames],
  videoconvert0: [frames, frames],
  videoscale0: [frames, frames],
  fakesink0: [frames, 0],
};

const file = "/work/jpeg.mkv";
/** What the decoding checks read: made once for each cell, by the GStreamer of its root. */
export const media = {
  "jpeg.mkv": `videotestsrc num-buffers=${frames} ! ${picture} ! jpegenc ! matroskamux ! filesink location=${file}`,
};
const decoding = `filesrc location=${file} ! decodebin ! videoconvert ! fakesink`;
const decoded = { jpegdec0: [frames, frames], videoconvert0: [frames, frames], fakesink0: [frames, 0] };

/**
 * TABLE: `counts`: buffers in, buffers out, by the names of elements; with `timing: "off"` there are none, and labels come from stacks.
 *
 * @type {Record<string, { pipeline: string, timing?: string, counts?: Record<string, number[]> }>}
 */
export const checks = {
  fakesrc: { pipeline: `fakesrc num-buffers=${buffers} ! identity ! fakesink`, counts: counted },
  hooks: { pipeline: `fakesrc num-buffers=${buffers} ! identity ! fakesink`, timing: "hooks", counts: counted },
  "fakesrc-off": { pipeline: `fakesrc num-buffers=${400 * buffers} ! identity ! fakesink`, timing: "off" },
  h264: { pipeline: h264, counts: encoded("x264enc0") },
  "h264-off": { pipeline: h264, timing: "off" },
  jpeg: { pipeline: jpegs, counts: encoded("jpegenc0") },
  "jpeg-off": { pipeline: jpegs, timing: "off" },
  convert: { pipeline: convert, counts: converted },
  "convert-off": { pipeline: convert, timing: "off" },
  // Three encoders behind queues, as the README's demo.
  tee: {
    pipeline: `videotestsrc num-buffers=${frames} ! ${picture} ! tee name=t t. ! queue ! x264enc speed-preset=veryfast ! fakesink name=a t. ! queue ! videoscale ! ${small} ! vp8enc deadline=1 cpu-used=8 ! fakesink name=b t. ! queue ! jpegenc ! fakesink name=c`,
    counts: {
      t: [frames, 3 * frames],
      ...Object.fromEntries(
        ["queue0", "queue1", "queue2", "x264enc0", "jpegenc0"].map((name) => [name, [frames, frames]]),
      ),
      ...{ a: [frames, 0], b: [frames, 0], c: [frames, 0] },
    },
  },
  decode: { pipeline: decoding, counts: decoded },
  "decode-off": { pipeline: decoding, timing: "off" },
};

/** Those of the loading test. */
export const few = ["hooks", "tee", "h264-off", "decode"];
