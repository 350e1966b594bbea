// Which pipelines does the lab know by name, where can each be made slow, and which streams come out?
// SPDX-License-Identifier: MPL-2.0

const quality = "speed-preset=ultrafast tune=zerolatency key-int-max=50";
const audioSource = "audiotestsrc name=asrc is-live=true wave=ticks";
/** What a branch of the ladder may be behind the others before they wait for it: half a minute. */
const deep = "max-size-time=30000000000 max-size-bytes=0 max-size-buffers=0";

/** Of a format that every browser decodes: left to itself, the encoder would take 4:4:4 with 10 bits. */
const pictures = (width, height, { name = "vsrc", pattern = "ball" } = {}) =>
  `videotestsrc name=${name} is-live=true pattern=${pattern} ! identity name=source ! video/x-raw,format=I420,width=${width},height=${height},framerate=25/1`;

/** Segments of two seconds in a folder of the stream's own. */
const segments = (folder, name) =>
  `hlssink2 name=${name} target-duration=2 playlist-length=6 max-files=12 ` +
  `location="${folder}/seg%05d.ts" playlist-location="${folder}/playlist.m3u8"`;

const beforeEncoder = "queue name=qcap max-size-buffers=8 ! videoconvert ! identity name=pre";
const toEncoder = "queue name=qenc max-size-buffers=8 ! identity name=enc";
const afterEncoder = "h264parse ! identity name=post ! queue name=qmux";
const sound = "audioconvert ! identity name=aud ! avenc_aac ! aacparse";

/** One rendition; the encoder's settings and the picture are the caller's. */
function single(folder, { encoder = `${quality} bitrate=600`, pattern } = {}) {
  return [
    `${pictures(640, 360, { pattern })} ! ${beforeEncoder} ! ${toEncoder} ! x264enc name=x264 ${encoder}`,
    `! ${afterEncoder} ! hls.video ${segments(folder, "hls")} ${audioSource} ! ${sound} ! queue name=qaud ! hls.audio`,
  ].join(" ");
}

const renditions = { high: [640, 360, 600], mid: [426, 240, 300], low: [320, 180, 150] };

/** A branch that is slow makes the others wait only when its queue is full. */
function branch(folder, [name, [width, height, rate]]) {
  const scaled = `videoscale ! video/x-raw,width=${width},height=${height}`;
  return [
    `t. ! queue name=qscale-${name} max-size-buffers=8 ! ${scaled} ! queue name=qenc-${name} ${deep}`,
    `! identity name=enc-${name} ! x264enc name=x264-${name} ${quality} bitrate=${rate} ! h264parse`,
    `! queue name=qmux-${name} ${deep} ! hls-${name}.video`,
    `a. ! queue name=qaud-${name} ${deep} ! hls-${name}.audio ${segments(`${folder}/demo-${name}`, `hls-${name}`)}`,
  ].join(" ");
}

function ladder(folder) {
  return [
    `${pictures(640, 360)} ! queue name=qcap max-size-buffers=8 ! videoconvert ! tee name=t`,
    `${audioSource} ! ${sound} ! tee name=a`,
    ...Object.entries(renditions).map((rendition) => branch(folder, rendition)),
  ].join(" ");
}

/** The contribution: it calls the second process. */
const sender = (port) =>
  [
    `${pictures(640, 360)} ! ${beforeEncoder} ! ${toEncoder} ! x264enc name=x264 ${quality} bitrate=600`,
    "! h264parse ! queue name=qts ! mpegtsmux name=ts alignment=7",
    `! srtsink name=srt uri="srt://127.0.0.1:${port}?mode=caller" streamid="#!::r=demo,m=publish" wait-for-connection=false`,
    `${audioSource} ! ${sound} ! queue name=qaud ! ts.`,
  ].join(" ");

/** `ignore-pcr`: media keep their own times; otherwise what comes late is stretched, and what then comes at once is refused. */
const receiver = (folder, port) =>
  [
    `srtsrc name=srt uri="srt://127.0.0.1:${port}?mode=listener" latency=200 ! queue name=qts ! tsdemux name=demux ignore-pcr=true`,
    "demux. ! h264parse ! queue name=qvid ! identity name=post ! queue name=qmux ! hls.video",
    `demux. ! aacparse ! queue name=qaud ! hls.audio ${segments(folder, "hls")}`,
  ].join(" ");

const demo = { name: "demo", folder: "", stream: "demo", playlist: "playlist.m3u8" };
const rendition = (name) => ({ stream: `demo-${name}`, playlist: `demo-${name}/playlist.m3u8` });

/**
 * Of each: the processes, in the order of their start, with what the tracer is told of the stream ("" = nothing: it finds the name
 * itself), and the streams with their playlists below the folder. `overload`: the line that makes the encoder itself slow.
 */
export const pipelines = {
  demo: {
    about: "one rendition; slow places before and after the encoder and in the audio branch",
    processes: ({ folder }) => [{ name: "the pipeline", graph: single(folder), stream: "demo" }],
    streams: [demo],
  },
  x264: {
    about: "an encoder that snow overloads: x264:content=snow",
    processes: ({ folder }) => {
      const encoder = "speed-preset=slow key-int-max=500 bitrate=2000 option-string=scenecut=0";
      return [{ name: "the pipeline", graph: single(folder, { encoder, pattern: "black" }), stream: "demo" }];
    },
    streams: [demo],
  },
  disk: {
    about: "segments are written to a disk that can be made slow: disk:rate=1.5x",
    processes: ({ folder }) => [{ name: "the pipeline", graph: single(folder), stream: "demo", slowDisk: true }],
    streams: [demo],
  },
  ladder: {
    about: "three renditions of one picture, each with a playlist of its own",
    processes: ({ folder }) => [{ name: "the pipeline", graph: ladder(folder), stream: "" }],
    streams: Object.keys(renditions).map(rendition),
  },
  chain: {
    about: "two processes in a row: the first encodes and sends over SRT, the second writes the segments",
    processes: ({ folder, port }) => [
      { name: "the second pipeline", graph: receiver(folder, port), stream: "demo" },
      { name: "the first pipeline", graph: sender(port), stream: "" },
    ],
    streams: [demo],
  },
};
