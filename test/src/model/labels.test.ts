// Are labels fit for the strictest server, and still told apart?
import { describe, expect, it } from "vitest";
import { safeName } from "../../../src/model/display-names.js";
import { labelName, labelValue, MAX_LABELS, sanitizeLabels, wellFormed } from "../../../src/model/labels.js";

describe("a label", () => {
  it.each([
    ["element", "element"],
    ["k8s.pod-name", "k8s_pod_name"],
    ["__name__", "name__"],
    ["9lives", "_9lives"],
    ["übung", "bung"],
    ["", ""],
    ["---", ""],
  ])("named %j is called %j", (name, expected) => {
    expect(labelName(name)).toBe(expected);
  });

  it("has a value of bounded length that no character is cut in half for", () => {
    expect(labelValue("x".repeat(256))).toBe("x".repeat(256));
    const cut = labelValue("🎬".repeat(300));
    expect(cut.length).toBeLessThanOrEqual(256);
    expect(Buffer.from(cut).toString()).toBe(cut);
  });

  it("is valid UTF-8 whatever a plugin called itself", () => {
    for (const text of ["\ud83c", "a\udfacb", "\udfac\ud83c", "\0\x07ok", "ok🎬"]) {
      const good = wellFormed(text, 100);
      expect(Buffer.from(good).toString()).toBe(good);
      expect(good).not.toContain("\0");
    }
    expect(wellFormed("ok🎬", 100)).toBe("ok🎬");
  });

  it("has nothing unseen in it: no control of either kind, no mark of direction, no separator of lines", () => {
    const between = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, n) => String.fromCharCode(from + n));
    const unseen = [
      ...between(0, 0x1f),
      ...between(0x7f, 0x9f),
      ...between(0x2028, 0x202e),
      ...between(0x2066, 0x2069),
    ];
    for (const one of [...unseen, "\u061c", "\u200e", "\u200f", "\ufeff"]) {
      expect(labelValue(`a${one}b`)).toBe("a\ufffdb");
      expect(safeName(`a${one}b`)).toBe("a b");
    }
    const neighbours = "~\u00a0\u061b\u200d\u2027\u202f\u2065\u206a";
    expect([labelValue(neighbours), safeName(neighbours)]).toEqual([neighbours, neighbours]);
  });
});

describe("a set of labels", () => {
  it("is sorted, without empty ones, the last of a name wins, and not too many", () => {
    expect(
      sanitizeLabels([
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
        ["c", ""],
        ["", "x"],
      ]),
    ).toEqual([
      ["a", "2"],
      ["b", "3"],
    ]);
    const many = Array.from({ length: 40 }, (_, i) => [`l${i}`, "x"] as const);
    expect(sanitizeLabels(many)).toHaveLength(MAX_LABELS);
  });
});
