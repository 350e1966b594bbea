// How much memory does an export of spans take? What a collector that is away gets again and again is garbage, which waits for its collection.
// SPDX-License-Identifier: MPL-2.0
import { expect, it } from "vitest";
import { protoBytes } from "../../../src/encoding/proto-reader.js";
import { exportRequest } from "../../../src/traces/encoder.js";

const spans = Array.from({ length: 512 }, (_, i) => Buffer.alloc(600, i));
const pack = () => exportRequest({ "service.name": "cam" }, "0.1.0", spans);

it("an export is a resource, a scope and its spans", () => {
  const resourceSpans = protoBytes(pack(), 1) ?? new Uint8Array();
  expect(Buffer.from(protoBytes(resourceSpans, 1) ?? []).toString()).toContain("service.name");
  const scopeSpans = protoBytes(resourceSpans, 2) ?? new Uint8Array();
  expect(Buffer.from(protoBytes(scopeSpans, 1) ?? []).toString()).toContain("gst-pyroscope");
  expect(Buffer.from(protoBytes(scopeSpans, 2) ?? [])).toEqual(spans[0]);
  expect(scopeSpans.length).toBeGreaterThan(512 * 600);
});

it("packing one takes its own size, not several times that", () => {
  const { length } = pack();
  const each = Array.from({ length: 5 }, () => {
    const before = process.memoryUsage().arrayBuffers;
    pack();
    return process.memoryUsage().arrayBuffers - before;
  });
  // Collected meanwhile one is less.
  expect(Math.max(...each)).toBeLessThan(1.2 * length);
});
