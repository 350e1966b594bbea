// Are names the same in every run, and free of what must not leave the machine?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { autoPrefix, padLabel, safeName, threadLabel } from "../../../src/model/display-names.js";

describe("names that GStreamer made up", () => {
  it("are recognised by the factory they are derived from", () => {
    expect(autoPrefix("identity17", "identity")).toBe("identity");
    expect(autoPrefix("queue2-0", "queue2")).toBe("queue2-");
    expect(autoPrefix("avenc_mpeg4-3", "avenc_mpeg4")).toBe("avenc_mpeg4-");
    expect(autoPrefix("pipeline0", "pipeline")).toBe("pipeline");
  });

  it("are not confused with names that a person gave", () => {
    for (const [name, factory] of [
      ["cam1", "v4l2src"],
      ["identity", "identity"],
      ["identity1b", "identity"],
      ["myidentity1", "identity"],
      ["queue21", "queue2"],
      ["queue20", "queue"], // is one: the 21st queue
      ["7", ""],
    ] as const)
      expect(autoPrefix(name, factory)).toBe(name === "queue20" ? "queue" : null);
  });
});

describe("threads", () => {
  const prefixes = new Set(["queue", "queue2-", "audiotestsrc", "rtpjitterbuffer"]);

  it("lose the number of the element that drives them, also where the kernel cut the name", () => {
    expect(threadLabel("queue17:src", prefixes)).toBe("queue:src");
    expect(threadLabel("queue2-0:src", prefixes)).toBe("queue2:src");
    expect(threadLabel("audiotestsrc10:", prefixes)).toBe("audiotestsrc:");
    expect(threadLabel("audiotestsrc123", prefixes)).toBe("audiotestsrc");
    expect(threadLabel("rtpjitterbuffer", prefixes)).toBe("rtpjitterbuffer");
  });

  it("keep numbers that mean something", () => {
    expect(threadLabel("cam2:src", prefixes)).toBe("cam2:src");
    expect(threadLabel("queue2x:src", prefixes)).toBe("queue2x:src");
    expect(threadLabel("av:h264:df3", prefixes)).toBe("av:h264:df3");
    expect(threadLabel("", prefixes)).toBe("");
  });
});

describe("pads", () => {
  it("of request templates carry the template's name", () => {
    expect(padLabel("src_17", "src_%u")).toBe("src_%u");
    expect(padLabel("recv_rtp_src_0_3735928559_96", "recv_rtp_src_%u_%u_%u")).toBe("recv_rtp_src_%u_%u_%u");
    expect(padLabel("sink", "sink")).toBe("sink");
    expect(padLabel("video_0", "")).toBe("video_0");
  });
});

describe("what must not become a label", () => {
  it("is replaced", () => {
    expect(safeName("bin-0x55d0c0ffee10")).toBe("bin-(pointer)");
    expect(safeName("src rtsp://user:secret@cam.example/stream?token=abc")).toBe("src (uri)");
    expect(safeName("rec-1718000000123")).toBe("rec-(number)");
    expect(safeName("a\u0000b\nc")).toBe("a b c");
    expect(safeName("x".repeat(5000)).length).toBeLessThanOrEqual(128);
    expect(safeName("Kamera-Straße_2")).toBe("Kamera-Straße_2");
  });
});
