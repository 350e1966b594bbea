// Do the files of a capture fit into its limit together, at the moments when an old one lies beside its new one?
import { describe, expect, it } from "vitest";
import {
  captureLosses,
  defaultLimits,
  lagNs,
  metricsShare,
  profilesShare,
  SPANS_KEPT,
  spansShare,
  windowsShare,
} from "../../../src/capture/limits.js";
import { agentCounters } from "../../../src/model/counter-kinds.js";

const limits = (maxBytes: number) => ({ maxBytes, maxAgeMs: 0 });
const REPORT = 3_000_000;

describe.each([16e6, 64 * 2 ** 20, defaultLimits.maxBytes, 2 ** 40])("of %d bytes", (maxBytes) => {
  it.each([false, true])("everything at its largest is no more than that; with spans: %s", (spans) => {
    const others = 100_000;
    const of = limits(maxBytes);
    // A log that is written anew lies beside what stays of it; the files that are written whole lie there twice.
    const metrics = 1.5 * metricsShare(of);
    const spansNow = spans ? spansShare(of) * (1 + SPANS_KEPT) : 0;
    const windows = 1.5 * windowsShare(of);
    const total = profilesShare(of, others, spans, true) + metrics + windows + spansNow + 2 * others + REPORT;
    expect(total).toBeLessThanOrEqual(maxBytes);
    expect(total).toBeGreaterThan(0.98 * maxBytes); // and little is given away
  });

  it("spans take room from profiles, and from nothing else", () => {
    const of = limits(maxBytes);
    const less = profilesShare(of, 0, false) - profilesShare(of, 0, true);
    expect(less).toBeCloseTo(spansShare(of) * (1 + SPANS_KEPT), 0);
  });
});

it("a limit below the page's size leaves nothing for profiles", () => {
  expect(profilesShare(limits(1e6), 0, true)).toBeLessThan(0);
});

it("a capture that is being written is behind by a hundredth of its time, five minutes at most", () => {
  expect([lagNs(0), lagNs(100e9), lagNs(30_000e9), lagNs(604_800e9)]).toEqual([0, 1e9, 300e9, 300e9]);
});

it("what the writer loses is counted under names that the agent's table of counters has", () => {
  for (const name of captureLosses)
    expect(agentCounters).toContainEqual(expect.objectContaining({ name, kind: "loss" }));
});
