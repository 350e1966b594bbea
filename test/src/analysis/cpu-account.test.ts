// Do the parts of the process's CPU time add up to it, and are only parts worth a word named?
import { describe, expect, it } from "vitest";
import { cpuAccount, cpuSentence } from "../../../src/analysis/cpu-account.js";
import { recordingOf } from "../../helpers/recordings.js";
import { random } from "../../helpers/sample-capture.js";

const { target } = recordingOf().facts;
const account = (change: Partial<typeof target>) => cpuAccount({ ...target, ...change });

describe("the account of CPU time", () => {
  it("has each part once, and their sum is the whole", () => {
    const cpu = account({
      ...{ cpuBeforeNs: 1e9, processCpuNs: 10e9, registeredCpuNs: 7e9 },
      ...{ cpuMaskedNs: 1e9, cpuUnseenNs: 2e9, cpuTracerNs: 0.5e9, cpuRefusedNs: 0.25e9 },
    });
    expect(cpu).toEqual({
      ...{ totalNs: 11e9, beforeNs: 1e9, sampledNs: 4e9, unseenNs: 2e9, maskedNs: 1e9 },
      ...{ tracerNs: 0.5e9, refusedNs: 0.25e9, missedNs: 2.25e9 },
    });
  });

  it("adds up whenever the clocks agree", () => {
    const next = random(7);
    for (let i = 0; i < 100; i++) {
      const [before, masked, unseen, sampled, tracer, refused, missed] = Array.from({ length: 7 }, () =>
        Math.round(next() * 1e10),
      ) as [number, number, number, number, number, number, number];
      const registeredCpuNs = masked + unseen + sampled;
      const processCpuNs = registeredCpuNs + tracer + refused + missed;
      const { totalNs, ...parts } = account({
        ...{ cpuBeforeNs: before, processCpuNs, registeredCpuNs, cpuMaskedNs: masked, cpuUnseenNs: unseen },
        ...{ cpuTracerNs: tracer, cpuRefusedNs: refused },
      });
      expect(Object.values(parts).reduce((a, b) => a + b)).toBe(totalNs);
      expect([parts.sampledNs, parts.missedNs]).toEqual([sampled, missed]);
    }
  });

  it("has no part below zero where two clocks were read at two instants", () => {
    const late = account({ processCpuNs: 5e9, registeredCpuNs: 6e9, cpuMaskedNs: 7e9, cpuTracerNs: 1e9 });
    for (const ns of Object.values(late)) expect(ns).toBeGreaterThanOrEqual(0);
    expect(late.missedNs).toBe(0);
  });
});

describe("the sentence about it", () => {
  const cpu = account({ processCpuNs: 10e9, registeredCpuNs: 10e9 });

  it("names parts of more than half a percent", () => {
    const said = cpuSentence({ ...cpu, sampledNs: 9e9, maskedNs: 50e6, missedNs: 51e6, refusedNs: 0 });
    expect(said).toBe(
      "CPU time of the process: 10.0 s: 9.00 s sampled, 51.0 ms in threads that ended between two looks.",
    );
  });

  it("of a process that did nothing has no parts", () => {
    expect(cpuSentence(account({}))).toBe("CPU time of the process: 0.");
  });
});
