// Does a setting change as it was asked for, and does one that cannot say why and what to do instead?
import { describe, expect, it } from "vitest";
import { optionTable } from "../../../src/config/options.js";
import { changeSettings, type SettableState, settableNames } from "../../../src/live/settings.js";
import type { ControlChange } from "../../../src/model/segment-state.js";

/** Obeys what it knows. */
function controls(
  known: (keyof ControlChange)[] = ["enabled", "sampleRate", "wallRate", "timing", "spanRatio", "spanSlow"],
) {
  const state: SettableState = {
    ...{ enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap", spanThreshold: 2n ** 56n },
    ...{ spanSlowNs: 0, spanP99: true, cannot: [] as string[] },
  };
  const control = (change: ControlChange): void => {
    for (const word of known) {
      const value = change[word];
      if (value === undefined) continue;
      if (word === "spanRatio") state.spanThreshold = BigInt(Math.round((1 - Number(value)) * 2 ** 56));
      else if (word === "spanSlow") {
        state.spanP99 = value === "p99";
        state.spanSlowNs = typeof value === "number" ? value * 1e6 : 0;
      } else Object.assign(state, { [word]: value });
    }
  };
  return { state, controls: { state: () => state, control } };
}

const set = (name: string, text: string, change: Partial<SettableState> = {}) => {
  const { state, controls: all } = controls();
  Object.assign(state, change);
  return changeSettings({ [name]: text }, all)[0];
};

describe("a setting", () => {
  it.each([
    ["sample-rate", "250", "250", "sample-rate: 100 → 250"],
    ["wall-rate", "0", "0", "wall-rate: 20 → 0"],
    ["timing", "OFF", "off", "timing: wrap → off"],
    ["enabled", "no", "false", "enabled: true → false"],
    ["span-ratio", "0.1", "0.1", "span-ratio: 0 → 0.1"],
    ["span-slow", "25", "25", "span-slow: p99 → 25"],
    ["span-slow", "off", "off", "span-slow: p99 → off"],
  ])("%s=%s is changed", (name, text, value, sentence) => {
    expect(set(name, text)).toEqual({ name, value, outcome: "changed", text: sentence });
  });

  it.each([
    ["sample-rate", "100"],
    ["timing", "wrap"],
    ["enabled", "true"],
    ["span-ratio", "0"],
    ["span-slow", "p99"],
  ])("%s=%s is unchanged", (name, text) => {
    expect(set(name, text)).toMatchObject({ outcome: "unchanged", text: `${name} is ${text} already` });
  });

  it("that needs more digits than it is shown with is changed once, and then unchanged", () => {
    const { controls: all } = controls();
    const outcomes = (text: string) => changeSettings({ "span-ratio": text }, all)[0];
    for (const [text, value] of [
      ["0.12345678", "0.123457"],
      ["0.0000001", "1e-7"],
    ] as const) {
      expect(outcomes(text)).toMatchObject({ value, outcome: "changed" });
      expect(outcomes(text)).toMatchObject({ value, outcome: "unchanged" });
    }
  });

  it.each([
    ["sample-rate", "fast", /^sample-rate: "fast" is not a whole number; it stays 100$/],
    ["sample-rate", "5000", /outside 0 to 1000; it stays 100$/],
    ["timing", "wrapp", /did you mean wrap\?/],
    ["span-ratio", "2", /^span-ratio: "2" is none of its values; it stays 0$/],
    ["span-ratio", "", /none of its values/],
    ["span-slow", "-1", /none of its values; it stays p99$/],
    ["enabled", "maybe", /neither true nor false; it stays true$/],
    ["samplerate", "1", /no such setting \(did you mean sample-rate\?\); these can be changed: enabled, sample-rate/],
    ["__proto__", "1", /no such setting/],
    ["constructor", "1", /no such setting/],
    ["port", "9", /cannot change while it runs: set GST_PYROSCOPE_PORT and start the program again$/],
  ])("%s=%s is refused", (name, text, sentence) => {
    const asked = Object.fromEntries([[name, text]]);
    const [result] = changeSettings(asked, controls().controls);
    expect(result).toMatchObject({ name, outcome: "refused", text: expect.stringMatching(sentence) });
  });
});

describe("a process", () => {
  it.each([
    ["sample-rate", "50", "sample"],
    ["wall-rate", "50", "wait"],
    ["timing", "hooks", "hook"],
    ["span-ratio", "0.5", "trace"],
  ])("that was not prepared for %s=%s is left alone, and the sentence names what to do", (name, text, cannot) => {
    const { state, controls: all } = controls();
    state.cannot = [cannot];
    const before = { ...state };
    const [result] = changeSettings({ [name]: text }, all);
    expect(result).toMatchObject({ outcome: "refused", text: expect.stringMatching(/start|raise/) });
    expect(state).toEqual(before);
  });

  it("of a release that does not know the setting refuses it, though it says nothing of it", () => {
    const [result] = changeSettings({ "wall-rate": "50" }, controls(["sampleRate"]).controls);
    const text =
      "wall-rate: this process does not change it while it runs: set GST_PYROSCOPE_WALL_RATE and start the program again";
    expect(result).toEqual({ name: "wall-rate", value: "20", outcome: "refused", text });
  });

  it("that has ended changes nothing", () => {
    expect(changeSettings({ enabled: "false" }, null)).toMatchObject([
      { outcome: "refused", text: expect.stringMatching(/the process has ended/) },
    ]);
  });

  it("is asked for each setting by itself: a wrong one holds no other back", () => {
    const results = changeSettings({ nothing: "1", "sample-rate": "7", timing: "x" }, controls().controls);
    expect(results.map(({ outcome }) => outcome)).toEqual(["refused", "changed", "refused"]);
  });
});

it("names are those of options, but for enabled", () => {
  const options = optionTable.map(({ name }) => name as string);
  expect(settableNames.filter((name) => !options.includes(name))).toEqual(["enabled"]);
});
