// Does a condition hold only where a change is beyond noise and beyond the limit, and is a wrong one said?
import { describe, expect, it } from "vitest";
import { compare } from "../../../src/compare/comparison.js";
import { type Gate, judgeGate, parseGate } from "../../../src/compare/gates.js";
import { sideOf, usualCpu } from "../../helpers/compared-sides.js";

const comparison = compare(
  sideOf("a"),
  sideOf("b", { cpuNs: { ...usualCpu, h264: usualCpu.h264 * 1.4, conv: usualCpu.conv * 0.6 }, seed: 2 }),
);
const outcome = (text: string, of = comparison) => judgeGate(parseGate(text), of).outcome;

it.each<[string, Partial<Gate>]>([
  ["cpu.perBuffer(h264) > +10%", { figure: "cpu.perBuffer", of: "h264", above: true, limit: 0.1 }],
  ["throughput(out)<-5 %", { figure: "throughput", of: "out", above: false, limit: -0.05 }],
  ["  cpu.total  >  2.5", { figure: "cpu.total", of: "", above: true, limit: 0.025 }],
  ["cpu.total( ) > 1%", { figure: "cpu.total", of: "", above: true, limit: 0.01 }],
  ["cpu.perBuffer( my h264 ) > 1%", { figure: "cpu.perBuffer", of: "my h264", above: true, limit: 0.01 }],
  ["elapsed.p99(a(b)) > 0%", { figure: "elapsed.p99", of: "a(b)", above: true, limit: 0 }],
])("%s is understood", (text, gate) => expect(parseGate(text)).toEqual({ text, ...gate }));

it.each([
  ["", /a figure, > or <, and percent are meant/],
  ["cpu.perBuffer(h264)", /are meant, as in/],
  ["cpu.perBuffer(h264) = 10%", /are meant, as in/],
  ["cpu.seconds(h264) > 1%", /there is no figure cpu.seconds: cpu.perBuffer, /],
  ["toString(h264) > 1%", /are meant|there is no figure/],
  ["constructor(h264) > 1%", /there is no figure constructor/],
  ["cpu.perBuffer > 1%", /of which element\? cpu.perBuffer\(NAME\), or cpu.perBuffer\(\*\) for any/],
  ["cpu.total(h264) > 1%", /is of the whole process/],
  ["cpu.total > -1%", /> needs a limit of 0 % or more/],
  ["cpu.total < 1%", /< needs one of 0 % or less/],
])("%j is said to be wrong", (text, sentence) => expect(() => parseGate(text)).toThrow(sentence));

it.each([
  ["cpu.perBuffer(h264) > +10%", "fires"],
  ["cpu.perBuffer(p/h264) > 0%", "fires"],
  ["cpu.perBuffer(h264) > +60%", "passes"], // changed, but by less
  ["cpu.perBuffer(h264) < -10%", "passes"],
  ["cpu.perBuffer(conv) < -10%", "fires"],
  ["cpu.perBuffer(*) > +10%", "fires"],
  ["cpu.perBuffer(*) > +90%", "passes"],
  ["elapsed.p50(h264) > 0%", "passes"], // within noise
  ["cpu.perBuffer(nothing) > 1%", "cannot be judged"],
])("%s: %s", (text, expected) => expect(outcome(text)).toBe(expected));

describe("what cannot be judged says why", () => {
  it("an element that only one recording has", () => {
    const { h264, ...rest } = usualCpu;
    const renamed = compare(sideOf("a"), sideOf("b", { cpuNs: { ...rest, encoder: h264 } }));
    for (const [name, which] of [
      ["h264", "first"],
      ["encoder", "second"],
    ])
      expect(judgeGate(parseGate(`cpu.perBuffer(${name}) > 1%`), renamed).reason).toBe(
        `cpu.perBuffer is not known of ${name}, which the ${which} recording alone has: map it with --map old=new`,
      );
  });

  it("an elapsed time with another load, while CPU time is judged", () => {
    const loaded = compare(sideOf("a"), sideOf("b", { ready: 0.3, seed: 2 }));
    expect(judgeGate(parseGate("elapsed.p99(h264) > 5%"), loaded)).toMatchObject({
      outcome: "cannot be judged",
      reason: "the machine had another load in the second recording",
    });
    expect(outcome("cpu.perBuffer(h264) > 50%", loaded)).toBe("passes");
  });

  it("a figure of which too little was seen, whose load is the same", () => {
    const changes = comparison.changes.map((change) => ({ ...change, verdict: "not comparable" as const }));
    expect(judgeGate(parseGate("cpu.perBuffer(h264) > 5%"), { ...comparison, changes })).toMatchObject({
      outcome: "cannot be judged",
      reason: "too little of it was recorded to tell a change from noise",
    });
  });

  it("recordings that are not comparable at all", () => {
    const short = compare(sideOf("a"), sideOf("b", { seconds: 3 }));
    expect(judgeGate(parseGate("cpu.total > 5%"), short)).toMatchObject({ outcome: "cannot be judged" });
  });
});
