// When was it by the wall clock what a target says by its own, also in a time namespace and after the clock was set?
import { describe, expect, it } from "vitest";
import { TargetClock } from "../../../../src/agent/session/target-clock.js";
import { machine, near, SECOND, TODAY } from "../../../helpers/settable-clock.js";

/** A target that began just now, on a clock that is ahead of ours; it knows the time to the nanosecond. */
function targetOn({ clock, at }: ReturnType<typeof machine>, shiftNs = 0n) {
  const began = { createdMonoNs: Number(at.mono + shiftNs), createdUnixNs: at.unix + 123_457n };
  return { ...began, target: new TargetClock(began, shiftNs, clock) };
}

describe("what a target says by its own clock", () => {
  it("was when it says itself, to the nanosecond, while nobody sets the clock", () => {
    for (const shift of [0n, 3600n * SECOND, -5n * SECOND]) {
      const here = machine(TODAY);
      const { target, createdMonoNs, createdUnixNs } = targetOn(here, shift);
      here.pass(77n * SECOND);
      expect(target.offsetNs() + BigInt(createdMonoNs)).toBe(createdUnixNs);
    }
  });

  it("is told by the clock that is right now once somebody has set it, and by its own word when it is set back", () => {
    const here = machine(TODAY);
    const { target, createdMonoNs, createdUnixNs } = targetOn(here, 40n * SECOND);
    here.step(7200n * SECOND);
    const late = target.offsetNs() + BigInt(createdMonoNs) - createdUnixNs;
    expect(near(late, 7200n * SECOND)).toBe(true);
    here.step(-7200n * SECOND);
    expect(target.offsetNs() + BigInt(createdMonoNs)).toBe(createdUnixNs);
  });
});

describe("how long after its beginning something was", () => {
  it("is the same although somebody sets the wall clock, and in whatever time namespace it runs", () => {
    for (const shift of [0n, 86_400n * SECOND, -6n * SECOND]) {
      const here = machine(TODAY);
      const { target } = targetOn(here, shift);
      expect(target.atNs()).toBe(0);
      here.pass(10n * SECOND);
      here.step(-3600n * SECOND);
      expect(target.atNs()).toBe(10e9);
      expect(target.atNs(here.at.mono - SECOND)).toBe(9e9);
    }
  });

  it("is never before it: what we looked at earlier is at its beginning", () => {
    const here = machine(TODAY);
    const { target } = targetOn(here);
    expect(target.atNs(here.at.mono - SECOND)).toBe(0);
    expect(target.atNs(0n)).toBe(0);
  });
});

it("the time now is the wall clock's, also after it was set", () => {
  const here = machine(TODAY);
  const { target } = targetOn(here, 40n * SECOND);
  here.step(-3n * SECOND);
  expect(near(target.now(), here.at.unix)).toBe(true);
});
