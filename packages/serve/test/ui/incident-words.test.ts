// Does a person read verdicts, waits and amounts of work in words, with their units?
import { confidences, type RankedElement, verdicts, waitReasons } from "@gst-pyroscope/contract/window";
import { describe, expect, test } from "vitest";
import {
  confidenceWords,
  elementName,
  stillText,
  verdictWord,
  verdictWords,
  waitText,
  workText,
} from "../../src/ui/incident-words.js";

const element = (more: Partial<RankedElement>): RankedElement => ({
  ...{ path: "live/enc", factory: "x264enc", class: "work", demand: 1, usual: null, uplift: null },
  ...{ cpu_share: null, blocked_on: null, ...more },
});

describe("words", () => {
  test("every verdict and every confidence has a sign of its own and a word", () => {
    expect(new Set(verdicts.map((verdict) => verdictWords[verdict][0])).size).toBe(verdicts.length);
    expect(new Set(verdicts.map((verdict) => verdictWords[verdict][1])).size).toBe(verdicts.length);
    expect(new Set(confidences.map((confidence) => confidenceWords[confidence][0])).size).toBe(confidences.length);
  });

  test("delivery says which part of the way, where it is known", () => {
    expect(verdictWord({ verdict: "delivery", delivery: "network" })).toBe("slow delivery to the viewer");
    expect(verdictWord({ verdict: "delivery", delivery: "player" })).toBe("player did not keep up");
    expect(verdictWord({ verdict: "delivery", delivery: null })).toBe("delivery");
    expect(verdictWord({ verdict: "element" })).toBe("slow element");
  });

  test("a wait is named, with the part that was CPU time", () => {
    expect(waitText(element({ cpu_share: 0.966 }))).toBe("CPU 97\u00a0%");
    expect(waitText(element({ cpu_share: 0.2, blocked_on: "disk" }))).toBe("the disk, CPU 20\u00a0%");
    expect(waitText(element({ blocked_on: "lock" }))).toBe("a lock");
    expect(waitText(element({}))).toBe("–");
    expect(new Set(waitReasons.map((blocked_on) => waitText(element({ blocked_on })))).size).toBe(waitReasons.length);
  });

  test("work has a unit, and little work is not none", () => {
    expect([1.314, 0.1, 0.034, 0.002, 0, null].map(workText)).toEqual([
      ...["1.31 s", "0.10 s", "0.03 s", "<0.01 s", "0.00 s", "not known"],
    ]);
  });

  test("how long a picture stood still is told to a tenth of a second, up to a minute", () => {
    expect([400, 12_400, 75_000].map(stillText)).toEqual(["0.4 s", "12.4 s", "1 min 15 s"]);
  });

  test("an element's own name is the last part of its path", () => {
    expect(elementName("live/bin0/enc")).toEqual({ name: "enc", within: "live/bin0" });
    expect(elementName("enc")).toEqual({ name: "enc", within: "" });
  });
});
