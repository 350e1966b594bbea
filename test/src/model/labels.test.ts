// Are labels fit for the strictest server, and still told apart?
import { describe, expect, it } from "vitest";
import { labelName, labelValue, MAX_LABELS, normalLabels, wellFormed } from "../../../src/model/labels.js";

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
});

describe("a set of labels", () => {
  it("is sorted, without empty ones, the last of a name wins, and not too many", () => {
    expect(
      normalLabels([
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
    expect(normalLabels(many)).toHaveLength(MAX_LABELS);
  });
});
