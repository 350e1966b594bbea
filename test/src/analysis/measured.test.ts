// When are counts of buffers figures, and when were none taken?
import { describe, expect, it } from "vitest";
import { measuredIn } from "../../../src/analysis/measured.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { cellOf } from "../../helpers/cells.js";
import { recordingOf } from "../../helpers/recordings.js";

const counted = (timing: string, cells: CellSnapshot[] = []) => {
  const recording = recordingOf({ cells });
  const settings = { ...recording.facts.settings, timing };
  return measuredIn({ ...recording, facts: { ...recording.facts, settings } }).counts;
};

describe("buffers", () => {
  it("were counted where timing was on, even if none came", () => {
    expect([counted("wrap"), counted("hooks")]).toEqual([true, true]);
  });

  it("were not where it was off", () => {
    expect(counted("off")).toBe(false);
    expect(counted("off", [cellOf(1, [])])).toBe(false);
  });

  it("were where it had been on before it was turned off", () => {
    expect(counted("off", [cellOf(1, [5])])).toBe(true);
  });

  it("are not known by what is no hop: a state change is counted without timing", () => {
    expect(counted("off", [cellOf(1, [5], { kind: "state" })])).toBe(false);
  });
});
