// Does a span's line in a capture say all of it, with times that are exact?
import { describe, expect, it } from "vitest";
import { SPAN_REMOTE, SPAN_SLOW } from "../../../src/model/wire.js";
import { spanLine } from "../../../src/traces/lines.js";
import { type SpanRow, spansOf } from "../../helpers/spans.js";

const facts = {
  threadName: (id: number) => (id === 4 ? 'q:src "1"\n' : ""),
  offsetNs: 1_700_000_000_000_000_001n,
  beganNs: 5000,
};
const line = (row: SpanRow, change = {}) => spanLine(spansOf([{}, row]), 1, { ...facts, ...change });
const read = (row: SpanRow, change = {}): Record<string, unknown> => JSON.parse(line(row, change));

describe("the line of a span", () => {
  it("has every field of its row, and is one line", () => {
    const row: SpanRow = {
      ...{ trace: (0xabn << 64n) + 0xcdn, id: 0xefn, parent: 0x10n, startNs: 7000, durationNs: 300, pts: 40 },
      ...{ bytes: 1024, pad: 2, peer: 3, thread: 4, tid: 999, buffers: 8, kind: 2, flow: 5, flags: SPAN_SLOW },
    };
    expect(line(row)).not.toContain("\n");
    expect(read(row)).toEqual({
      ...{ trace: "00000000000000ab00000000000000cd", span: "00000000000000ef", parent: "0000000000000010" },
      ...{ startUnixNs: "1700000000000007001", atNs: 2000, durationNs: 300, kind: "push-list", pad: 2, peer: 3 },
      ...{ thread: 'q:src "1"\n', tid: 999, pts: 40, bytes: 1024, buffers: 8, flow: "error", slow: true },
    });
  });

  it("has null for a parent and a time stamp that are none; a stamp of zero is one", () => {
    expect(read({})).toMatchObject({ parent: null, pts: null, slow: false });
    expect(read({ pts: 0, flags: SPAN_REMOTE })).toMatchObject({ pts: 0, slow: false });
  });

  it("is never from before the capture began", () => {
    expect(read({ startNs: 4999 })).toMatchObject({ atNs: 0, startUnixNs: "1700000000000005000" });
  });

  it("takes numbers that no table has: another return, no kind", () => {
    expect(read({ flow: 200, kind: 99 })).toMatchObject({ flow: "other", kind: "" });
  });
});
