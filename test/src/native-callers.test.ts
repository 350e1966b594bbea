// What if a property that the addon reads is a function that throws, closes the reader or claims what is not there?
// SPDX-License-Identifier: MPL-2.0

import { setTimeout as after } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadNative, type NativeAddon, type SegmentReader } from "../../src/native.js";
import { SegmentTarget } from "../helpers/segment-target.js";

const native = loadNative();
/** As a caller without types sees them. */
type Loose<T> = { [K in keyof T]: (...given: unknown[]) => unknown };
const loose = native as unknown as Loose<NativeAddon>;

let target: SegmentTarget;
let reader: SegmentReader;
let looseReader: Loose<SegmentReader>;
beforeEach(async () => {
  target = await SegmentTarget.startWithSpans();
  reader = native.attach({ pid: target.pid, fd: target.fd });
  looseReader = reader as unknown as Loose<SegmentReader>;
});
afterEach(() => {
  reader.close();
  return target.end("SIGKILL");
});

/** `of` with one property that is read by a function. */
const withGetter = (of: object, name: string, get: () => unknown): object =>
  Object.defineProperty({ ...of }, name, { get, enumerable: true });
const thrower = (): never => {
  throw new RangeError("of a getter");
};
const nonsense: unknown[] = [undefined, null, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1n, "x", {}, Symbol()];

const change = { enabled: true, sampleRate: 7, wallRate: 7, timing: "off", spanRatio: 1, spanSlow: 5 };
const facts = { offsetNs: 0n, beganNs: 0, state: "", link: new Uint8Array(), lines: true };
const query = { path: "/none", buildId: "", root: "", debugFile: "", offsets: new Float64Array(1) };
const end = { pid: 0, startTicks: 0, ms: 1, spentMs: 0, code: 9, text: "must not be said" };

describe("a getter that throws", () => {
  it("is what arrives, and nothing is changed in the target", () => {
    const before = reader.state();
    for (const name of Object.keys(change))
      expect(() => looseReader.control(withGetter(change, name, thrower)), name).toThrow("of a getter");
    expect(reader.state()).toMatchObject({ changes: before.changes, sampleRate: before.sampleRate });
  });

  it("is what arrives from every other function that reads an object", () => {
    const source = { pid: target.pid, fd: target.fd };
    for (const [call, of] of [
      [looseReader.encodeSpans, facts],
      [loose.symbolize, query],
      [loose.attach, source],
      [loose.endAfter, end],
    ] as const)
      for (const name of Object.keys(of))
        expect(() => call.call(reader, withGetter(of, name, thrower)), name).toThrow("of a getter");
    const paths = Object.defineProperty(["/none"], 1, { get: thrower });
    expect(() => loose.inspect(paths, "")).toThrow("of a getter");
  });
});

describe("a getter that closes the reader", () => {
  it("leaves control() nothing to write to", () => {
    reader.close();
    for (const name of Object.keys(change)) {
      const again = native.attach({ pid: target.pid, fd: target.fd });
      const closer = withGetter(change, name, () => again.close());
      expect(() => (again as unknown as Loose<SegmentReader>).control(closer), name).toThrow(
        expect.objectContaining({ code: "ERR_SEGMENT_CLOSED" }),
      );
    }
  });

  it("leaves encodeSpans() what was taken before", () => {
    reader.takeSpans(10);
    const closer = withGetter(facts, "state", () => {
      reader.close();
      return "";
    });
    expect(looseReader.encodeSpans(closer)).toEqual({ ends: new Uint32Array(), lines: "" });
    expect(() => reader.takeSpans(1)).toThrow(expect.objectContaining({ code: "ERR_SEGMENT_CLOSED" }));
  });
});

describe("inspect", () => {
  it.each<[string, unknown[]]>([
    ["a number", [1]],
    ["nothing", [undefined]],
    ["an object that becomes a text", [{ toString: () => "/none" }]],
    ["an object that throws when it becomes a text", [{ toString: thrower }]],
    ["a length that is only claimed", Object.assign([], { length: 2 ** 32 - 1 })],
  ])("refuses paths with %s", (_, paths) => {
    expect(() => loose.inspect(paths, "")).toThrow(TypeError);
  });

  it("does not follow an array that grows while it is read", async () => {
    const paths: string[] = ["/none", ""];
    const grow = () => {
      paths.push("/none");
      return "/none";
    };
    Object.defineProperty(paths, 1, { get: grow });
    expect(await native.inspect(paths, "")).toHaveLength(2);
  });
});

describe("endAfter", () => {
  it("begins nothing that cannot be taken back before all is checked", async () => {
    const unlike = (name: keyof typeof end) => nonsense.filter((value) => typeof value !== typeof end[name]);
    for (const name of Object.keys(end) as (keyof typeof end)[])
      for (const value of [...unlike(name), ...(name === "text" ? [] : [Number.NaN, -1])])
        expect(() => loose.endAfter({ ...end, [name]: value }), `${name} ${String(value)}`).toThrow(TypeError);
    for (const code of [256, 1e300, Number.POSITIVE_INFINITY])
      expect(() => loose.endAfter({ ...end, code }), String(code)).toThrow(TypeError);
    await after(20 * end.ms); // a deadline that was begun would have ended this process by then
  });
});

describe("arguments that are none", () => {
  it("are a TypeError of every method that takes some", () => {
    const methods = ["drain", "takeSpans", "nameHop", "nameThread", "encodeSpans", "copySpans", "acknowledge"] as const;
    const more = ["endpoint", "tell", "settle", "flushed", "control"] as const;
    for (const name of [...methods, ...more])
      for (const value of nonsense.filter((one) => name !== "control" || typeof one !== "object" || one === null))
        if (!((name === "acknowledge" || name === "settle") && value === 2 ** 53))
          expect(() => looseReader[name](value), `${name} ${String(value)}`).toThrow(TypeError);
    for (const value of nonsense.slice(1)) {
      const isTime = typeof value === "number" && Number.isFinite(value);
      if (!isTime) expect(() => looseReader.heartbeat(value), String(value)).toThrow(TypeError);
    }
    for (const value of nonsense) {
      expect(() => loose.symbolize(value)).toThrow(TypeError);
      expect(() => loose.inspect(value, "")).toThrow(TypeError);
      expect(() => loose.waitForExit(value, value)).toThrow(TypeError);
    }
  });

  it("a buffer that is gone or too small gets no spans", () => {
    const gone = new Uint8Array(64);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    reader.takeSpans(10);
    reader.encodeSpans(facts);
    reader.copySpans(gone); // nothing was written, which fits
    reader.nameHop(1, 2, 3, gone);
    reader.nameThread(1, gone, '""');
    for (const other of [new Uint16Array(8), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8)])
      expect(() => looseReader.copySpans(other)).toThrow(TypeError);
  });

  it("a method of another object is a TypeError", () => {
    const window = new native.SampleWindow(1, 1);
    for (const other of [{}, reader, new native.LabelIndex(), null])
      expect(() => window.swap.call(other as never)).toThrow(TypeError);
    const Reader = reader.constructor as new () => SegmentReader;
    expect(() => new Reader().state()).toThrow(expect.objectContaining({ code: "ERR_SEGMENT_CLOSED" }));
  });
});

it("objects of a look that a caller made poisonous do no harm to the next look", () => {
  const { cells } = reader.look(true);
  for (let i = 0; i < 100; i++) Object.defineProperty(cells, i, { get: thrower });
  try {
    reader.look(true);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
  }
  expect(reader.state().pid).toBe(target.pid);
});
