// Is the media in some buffers as long as their caps say, and not known where they say nothing?
import { expect, test } from "vitest";
import { mediaMs } from "../../../src/windows/media-time.js";

test.each([
  ["video/x-raw, format=I420, width=640, height=360, framerate=25/1", 50, 0, 2000],
  ["video/x-raw(memory:DMABuf), format=NV12, framerate=30000/1001, …", 30, 0, 1001],
  ["video/x-h264, framerate=25/1, stream-format=avc, alignment=au, …", 25, 0, 1000],
  ["video/x-h264, framerate=25/1, stream-format=byte-stream, alignment=nal", 25, 0, null],
  ["image/jpeg, width=640, height=480, framerate=30/1", 30, 0, 1000],
  ["video/x-raw, format=I420, framerate=0/1", 50, 0, null],
  ["video/x-vp8, width=640", 50, 0, null],
  ["audio/x-raw, format=S16LE, rate=48000, channels=2, layout=interleaved", 1, 192_000, 1000],
  ["audio/x-raw, format=S24_32LE, rate=48000, channels=1", 1, 192_000, 1000],
  ["audio/x-raw, format=F64LE, rate=8000, channels=1", 7, 64_000, 1000],
  ["audio/mpeg, mpegversion=4, rate=48000, channels=2, stream-format=adts, …", 375, 1, 8000],
  ["audio/mpeg, mpegversion=1, rate=48000, channels=2", 375, 1, null],
  ["audio/x-opus, rate=48000, channels=2", 50, 1, null],
  ["video/mpegts, systemstream=true, packetsize=188", 400, 400_000, null],
  ["application/x-rtp, media=video, clock-rate=90000, encoding-name=H264", 90, 1, null],
  ["", 50, 50, null],
])("%s", (caps, buffers, bytes, ms) => {
  const known = mediaMs(caps, { buffers, bytes });
  if (ms === null) expect(known).toBeNull();
  else expect(known).toBeCloseTo(ms, 6);
});
