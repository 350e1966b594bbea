// Does our tracer join those that were asked for already, with its parameters, and change none of theirs?
import { describe, expect, it, test } from "vitest";
import { fitsParameter, tracersWith } from "../../../src/commands/tracers.js";

describe("GST_TRACERS", () => {
  test.each([
    [undefined, {}, "pyroscope"],
    ["", { timing: "off" }, "pyroscope(timing=off)"],
    ["stats;", {}, "stats;pyroscope"],
    ["pyroscope", {}, "pyroscope"],
    ["pyroscope()", { timing: "off" }, "pyroscope(timing=off)"],
    ['pyroscope(tags="a=b")', { timing: "off" }, 'pyroscope(tags="a=b",timing=off)'],
    ["pyroscope-other;x", {}, "pyroscope-other;x;pyroscope"],
    [
      "latency(flags=pipeline+element);pyroscope(a=b",
      { timing: "off" },
      "latency(flags=pipeline+element);pyroscope(a=b,timing=off)",
    ],
  ])("%j and %j become %j", (existing, parameters, expected) => {
    expect(tracersWith(existing, parameters)).toBe(expected);
  });
});

describe("a parameter that a variable says now", () => {
  const without = (existing: string, ...names: string[]) => tracersWith(existing, {}, names);

  it("is taken out wherever it stands, in quotes and with blanks too", () => {
    expect(without('pyroscope(tags="a=b,c=d",timing=off)', "tags")).toBe("pyroscope(timing=off)");
    expect(without("pyroscope(tags = x , timing=off)", "tags")).toBe("pyroscope( timing=off)");
    expect(without('pyroscope(tags="a\\"b,c")', "tags")).toBe("pyroscope");
  });

  it("is not taken for a part of another name", () => {
    expect(without("pyroscope(my-tags=x,tags-2=y)", "tags")).toBe("pyroscope(my-tags=x,tags-2=y)");
  });

  it("is taken out of ours alone", () => {
    expect(without("latency(tags=x);pyroscope(tags=y)", "tags")).toBe("latency(tags=x);pyroscope");
  });

  it("that was the last one leaves no comma behind", () => {
    expect(without("pyroscope(timing=off,tags=x)", "tags")).toBe("pyroscope(timing=off)");
    expect(tracersWith("pyroscope(timing=off,tags=x)", { engine: "perf" }, ["tags"])).toBe(
      "pyroscope(timing=off,engine=perf)",
    );
  });
});

it("a value fits into a parameter unless it holds what ends one", () => {
  for (const value of ["", "a b", "http://h:4040/x", "é", "a=b"]) expect(fitsParameter(value)).toBe(true);
  for (const value of ["a;b", "a,b", "a)b", "(", '"', "\\"]) expect(fitsParameter(value)).toBe(false);
});

it("a second time changes nothing, and the last of a name counts", () => {
  const once = tracersWith("stats", { timing: "off" });
  expect(tracersWith(once, {})).toBe(once);
  expect(tracersWith(once, { timing: "wrap" })).toBe("stats;pyroscope(timing=off,timing=wrap)");
});
