// Does a reader of protobuf find one series with its labels and one profile, byte for byte?
import { describe, expect, it } from "vitest";
import type { Label } from "../../../../src/model/labels.js";
import { pushMessage } from "../../../../src/output/pyroscope/push-message.js";
import { decodeMessage, type Schema } from "../../../helpers/protobuf.js";
import { random } from "../../../helpers/sample-capture.js";

/** Of push.v1 in Pyroscope's own sources. */
const pushRequest: Schema = {
  1: {
    name: "series",
    repeated: true,
    type: {
      1: {
        name: "labels",
        repeated: true,
        type: { 1: { name: "name", type: "string" }, 2: { name: "value", type: "string" } },
      },
      2: { name: "samples", repeated: true, type: { 1: { name: "rawProfile", type: "bytes" } } },
    },
  },
};

function read(labels: Label[], profile: Uint8Array) {
  const { series } = decodeMessage(pushMessage(labels, profile), pushRequest);
  expect(series).toHaveLength(1);
  expect(series[0].samples).toHaveLength(1);
  return {
    labels: series[0].labels.map((one: { name: string; value: string }) => [one.name, one.value]),
    profile: Buffer.from(series[0].samples[0].rawProfile),
  };
}

describe("a push message", () => {
  it("holds labels in their order, empty and foreign ones too", () => {
    const labels: Label[] = [
      ["__name__", "process_cpu"],
      ["service_name", "é漢😀"],
      ["b", "x".repeat(5000)],
      ["a", "y"],
    ];
    expect(read(labels, Buffer.from("p")).labels).toEqual(labels);
    expect(read([], Buffer.from("p")).labels).toEqual([]);
  });

  it("holds the profile byte for byte, of any size", () => {
    const next = random(4);
    for (const size of [0, 1, 127, 128, 16_383, 16_384, 2 ** 20]) {
      const profile = Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 256)));
      expect(read([["a", "b"]], profile).profile.equals(profile)).toBe(true);
    }
  });

  it("is not changed by the next one, and holds no more memory than it has bytes", () => {
    const first = pushMessage([["a", "b"]], Buffer.alloc(5000, 1));
    const before = Buffer.from(first);
    pushMessage([["c", "d"]], Buffer.alloc(5000, 2));
    expect(Buffer.from(first).equals(before)).toBe(true);
    expect(first.buffer.byteLength).toBe(first.length);
  });
});
