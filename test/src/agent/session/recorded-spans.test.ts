// Are spans of real runs and hostile ones written as ever, to the byte, and does the addon take only what makes sense?
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DirectoryEntry } from "../../../../src/model/batch.js";
import { loadNative, type SegmentReader } from "../../../../src/native.js";
import { requestHead } from "../../../../src/traces/request.js";
import { SegmentTarget } from "../../../helpers/segment-target.js";
import { spanSource } from "../../../helpers/span-source.js";
import { spanRecord, writeSpans } from "../../../helpers/spans.js";

const native = loadNative();
let target: SegmentTarget;
let reader: SegmentReader;
beforeEach(async () => {
  target = await SegmentTarget.startWithSpans();
  reader = native.attach({ pid: target.pid, fd: target.fd });
});
afterEach(() => {
  reader.close();
  return target.end("SIGKILL");
});

interface Recorded {
  name: string;
  facts: Record<string, string>;
  offsetNs: string;
  createdMonoNs: number;
  spanThreshold: string;
  directory: DirectoryEntry[];
  /** Records of the ring as hexadecimal digits; the request and the lines that the release before made of them. */
  records: string[];
  request: string;
  lines: string;
}
const fixture = new URL("../../../fixtures/spans.json.gz", import.meta.url);

describe("recorded spans are written as ever, to the byte", () => {
  const all: Recorded[] = JSON.parse(gunzipSync(readFileSync(fixture)).toString());

  it.each(all)("$name", async (recorded) => {
    await writeSpans(
      target,
      recorded.records.map((digits) => Buffer.from(digits, "hex")),
    );
    const { directory, facts, createdMonoNs } = recorded;
    const [offsetNs, spanThreshold] = [BigInt(recorded.offsetNs), BigInt(recorded.spanThreshold)];
    const source = spanSource(reader, { directory, offsetNs, spanThreshold }, facts, createdMonoNs);
    const { spans, lines } = source.take(1000, true);
    expect(lines).toBe(recorded.lines);
    const head = requestHead({ "service.name": "recorded", n: 3, yes: true }, "1.2.3")(spans.length);
    expect(Buffer.concat([head, spans.bytes]).toString("base64")).toBe(recorded.request);
  });
});

describe("the addon", () => {
  it("says TypeError for arguments that make no sense", () => {
    const bytes = new Uint8Array();
    const facts = { offsetNs: 0n, beganNs: 0, state: "", link: bytes, lines: false };
    for (const most of [-1, 1.5, Number.NaN, "7", undefined])
      expect(() => reader.takeSpans(most as never)).toThrow(TypeError);
    const hops = [[-1, 0, 0, bytes], [0, 0, 256, bytes], [0, 0, 0, "x"], [0, 0, 0], [0, "0", 0, bytes], []];
    for (const hop of hops) expect(() => reader.nameHop(...(hop as [never, never, never, never]))).toThrow(TypeError);
    for (const name of [
      [-1, bytes, ""],
      [0, "", ""],
      [0, bytes, 1],
      [0, new Uint16Array(1), ""],
    ])
      expect(() => reader.nameThread(...(name as [never, never, never]))).toThrow(TypeError);
    const wrong = [{ offsetNs: 0 }, { offsetNs: 1n << 64n }, { beganNs: -1 }, { state: 1 }, { link: "" }, { lines: 1 }];
    for (const change of wrong) expect(() => reader.encodeSpans({ ...facts, ...change } as never)).toThrow(TypeError);
    expect(() => reader.encodeSpans(undefined as never)).toThrow(TypeError);
    expect(reader.encodeSpans(facts)).toEqual({ ends: new Uint32Array(), lines: "" });
  });

  it("copies what it wrote to where there is room for it, and nothing of what it wrote before", async () => {
    const facts = { offsetNs: 0n, beganNs: 0, state: "", link: new Uint8Array(), lines: false };
    await writeSpans(target, [spanRecord({}), spanRecord({ id: 2n })]);
    reader.takeSpans(2);
    const bytes = reader.encodeSpans(facts).ends.at(-1) ?? 0;
    const into = new Uint8Array(bytes + 8).fill(0xee);
    reader.copySpans(into.subarray(4, bytes + 4));
    expect([...into.subarray(0, 4), ...into.subarray(-4)]).toEqual(Array(8).fill(0xee));
    expect(into.subarray(4, -4).indexOf(0xee)).toBe(-1);
    for (const wrong of [new Uint8Array(bytes - 1), new Uint16Array(bytes), "x", undefined])
      expect(() => reader.copySpans(wrong as never)).toThrow(TypeError);
    reader.takeSpans(2);
    reader.copySpans(into.fill(0xdd));
    expect(new Set(into)).toEqual(new Set([0xdd]));
  });

  it("says that a closed reader is closed", () => {
    reader.close();
    const code = { code: "ERR_SEGMENT_CLOSED" };
    expect(() => reader.takeSpans(1)).toThrow(expect.objectContaining(code));
    expect(() => reader.encodeSpans({} as never)).toThrow(expect.objectContaining(code));
    expect(() => reader.copySpans(new Uint8Array())).toThrow(expect.objectContaining(code));
    expect(() => reader.nameHop(0, 0, 0, new Uint8Array())).toThrow(expect.objectContaining(code));
    expect(() => reader.nameThread(0, new Uint8Array(), "")).toThrow(expect.objectContaining(code));
  });
});
