// Does the addon refuse what is no window, no profile and no record, with an exception, whatever it is handed?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { loadNative, type PprofHead, type PprofNames, type PprofRows } from "../../src/native.js";
import { ON_CPU } from "../../src/profile/window.js";

const native = loadNative();
type Parts = { head: PprofHead; rows: PprofRows; names: PprofNames };
type Loose = Record<string, unknown>;

/** One sample of one frame without a label. */
const parts = (): Parts => ({
  head: {
    wall: false,
    timeNanos: 1_700_000_000_000_000_000n,
    partGapNs: 1,
    durationNs: 1e9,
    periodNs: 1e7,
    markInferred: false,
    mostBytes: 1e6,
    mostSamples: 1000,
  },
  rows: {
    locationEnd: Uint32Array.of(1),
    labelSet: Uint32Array.of(0),
    span: BigUint64Array.of(0n),
    wait: Int32Array.of(ON_CPU),
    waitedIn: Uint32Array.of(0),
    weightNs: Float64Array.of(1e7),
    samples: Float64Array.of(1),
    reachedRoot: Float64Array.of(1),
    inferred: Float64Array.of(0),
    locations: Uint32Array.of(1),
  },
  names: {
    texts: ["", "f", "/m"],
    modulePath: Uint32Array.of(2),
    moduleBuildId: Uint32Array.of(0),
    moduleSize: Float64Array.of(4096),
    functionName: Uint32Array.of(1),
    functionSystemName: Uint32Array.of(1),
    functionFile: Uint32Array.of(0),
    lineFunction: Uint32Array.of(0),
    lineNumber: Uint32Array.of(0),
    locationModule: Uint32Array.of(0),
    locationAddress: Float64Array.of(16),
    locationLineEnd: Uint32Array.of(1),
    locationNamedBy: Uint8Array.of(0),
    labelEnd: Uint32Array.of(0),
    labelKey: new Uint32Array(),
    labelText: new Uint32Array(),
  },
});

/** No typed array, or an empty one. */
const withoutMemory = ["texts", "labelKey", "labelText"];
const encode = ({ head, rows, names }: Parts) => native.encodePprof(head, rows, names);
const places = (["head", "rows", "names"] as const).flatMap((part) =>
  Object.keys(parts()[part]).map((name) => [part, name] as const),
);

/** `value` instead of one property; a function is its getter. */
function withProperty(part: keyof Parts, name: string, value: unknown): Parts {
  const made = parts();
  const how = typeof value === "function" ? { get: () => value(made) } : { value };
  Object.defineProperty(made[part], name, { ...how, enumerable: true, configurable: true });
  return made;
}

const others: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a negative number", -1],
  ["not a number", Number.NaN],
  ["an endless number", Number.POSITIVE_INFINITY],
  ["an object", {}],
  ["a text", "x"],
  ["an array of 16-bit numbers", Uint16Array.of(1)],
  ["a proxy", new Proxy([], {})],
  ["an array that claims a length", Object.assign([], { length: 2 ** 32 - 1 })],
];

describe("encodePprof", () => {
  it("takes the profile that the other cases change", () => {
    expect(encode(parts()).map(({ samples }) => samples)).toEqual([1]);
  });

  it.each(others)("%s instead of any of its properties is a TypeError", (_, value) => {
    for (const [part, name] of places) expect(() => encode(withProperty(part, name, value)), name).toThrow(TypeError);
  });

  it("an exception of a getter arrives as it is", () => {
    const thrower = () => {
      throw new RangeError("of a getter");
    };
    for (const [part, name] of places)
      expect(() => encode(withProperty(part, name, thrower)), name).toThrow("of a getter");
  });

  it("an array that a later property takes away is not read", () => {
    const columns = places.filter(([part, name]) => part !== "head" && !withoutMemory.includes(name));
    for (const [part, name] of columns) {
      const last = (made: Parts) => {
        const column = (made[part] as unknown as Loose)[name];
        if (ArrayBuffer.isView(column)) structuredClone(column.buffer, { transfer: [column.buffer as ArrayBuffer] });
        return new Uint32Array();
      };
      const made = withProperty("names", "labelText", last);
      expect(() => encode(made), name).toThrow("numbers that point at something");
    }
  });

  it("without its arguments is a TypeError", () => {
    for (const given of [[], [null], [{}, {}], [1, 2, 3], [[], [], []]])
      expect(() => (native.encodePprof as (...all: unknown[]) => unknown)(...given)).toThrow(TypeError);
  });
});

describe("a window and a label index", () => {
  const nonsense: unknown[] = [undefined, null, 1, "x", {}, [], new Uint16Array(3), new DataView(new ArrayBuffer(8))];

  it("refuse what are no limits", () => {
    const { SampleWindow } = native as unknown as { SampleWindow: new (...all: unknown[]) => unknown };
    for (const given of [[], [1], [-1, 1], [1, Number.NaN], [1, 2 ** 33], ["1", 1], [2 ** 60, 1]])
      expect(() => new SampleWindow(...given), String(given)).toThrow(TypeError);
  });

  it("refuse what are no records", () => {
    const window = new native.SampleWindow(1e6, 100) as unknown as { add: (...all: unknown[]) => void };
    const index = new native.LabelIndex() as unknown as {
      look: (...all: unknown[]) => void;
      learn: (one: unknown) => void;
    };
    for (const value of nonsense) {
      expect(() => window.add(value, new Float64Array())).toThrow(TypeError);
      expect(() => window.add(new Uint8Array(), value)).toThrow(TypeError);
      expect(() => index.look(value, 1)).toThrow(TypeError);
      expect(() => index.learn(value)).toThrow(TypeError);
    }
  });

  it("count nothing of records whose memory is gone, or that are cut off", () => {
    const gone = new Uint8Array(64);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    const window = new native.SampleWindow(1e6, 100);
    const add = window.add.bind(window) as unknown as (...all: unknown[]) => void;
    add(gone, Float64Array.of(1));
    for (let length = 0; length < 64; length++) add(new Uint8Array(length).fill(0xff), Float64Array.of(0));
    expect(window.swap().samples).toBe(0);
  });
});
