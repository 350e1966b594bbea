// Is a parent of W3C Trace Context taken as the standard has it, and anything else left alone?
import { describe, expect, it } from "vitest";
import { traceParent } from "../../../src/traces/trace-parent.js";

const [trace, span] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const good = `00-${trace}-${span}-01`;

describe("a parent", () => {
  it("has its trace, its span, and whether it was sampled by the lowest bit", () => {
    expect(traceParent(good)).toEqual({ traceId: trace, spanId: span, sampled: true });
    expect(["00", "02", "fe", "03", "ff"].map((flags) => traceParent(`00-${trace}-${span}-${flags}`)?.sampled)).toEqual(
      [...[false, false, false, true, true]],
    );
  });

  it("of a version to come may have more behind a dash, and only there", () => {
    expect(traceParent(`01-${trace}-${span}-01-more-of-it`)).toEqual(traceParent(good));
    expect(traceParent(`01-${trace}-${span}-01-`)).toEqual(traceParent(good));
    expect(traceParent(`01-${trace}-${span}-01more`)).toBeUndefined();
  });

  it.each([
    ["", "nothing"],
    [`${good}-more`, "more in version 00"],
    [`${good}\n`, "the end of a line"],
    [` ${good}`, "a blank before it"],
    [`ff-${trace}-${span}-01`, "version ff"],
    [good.toUpperCase(), "upper case"],
    [`00-${"0".repeat(32)}-${span}-01`, "a trace of zeros"],
    [`00-${trace}-${"0".repeat(16)}-01`, "a span of zeros"],
    [`00-${trace.slice(1)}-${span}-01`, "a trace that is too short"],
    [`00-${trace}-${span}0-01`, "a span that is too long"],
    [`00-${trace}-${span}-0g`, "what is no hex digit"],
    [`00-${trace}-${span}`, "no flags"],
  ])("%j is none: %s", (text) => {
    expect(traceParent(text)).toBeUndefined();
  });
});
