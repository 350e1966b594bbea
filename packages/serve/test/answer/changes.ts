// How is what is known of a stall changed for one case of a table?
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow, Evidence, PipelineWindow } from "@gst-pyroscope/contract/window";
import { nominalOf } from "../../src/answer/baseline.js";
import type { KnownPipeline, KnownStall, KnownWindow, Nominal, StallCase } from "../../src/answer/stall-case.js";
import type { Scenario } from "./costs.js";
import { play } from "./scenario.js";

export interface Case {
  name: string;
  /** Verdict, part of the way or name of the element where it has one, confidence. */
  expected: string;
  input: () => StallCase;
  /** Kinds of evidence that must be there, and what the sentence must match. */
  marks: (Evidence["kind"] | RegExp)[];
}

export const one = (name: string, expected: string, input: Case["input"], ...marks: Case["marks"]): Case => ({
  ...{ name, expected, input, marks },
});

export type Change = (input: StallCase) => StallCase;

/** What is known of the stall of a scenario that must have one, after changes. */
export function caseOf(scenario: Omit<Scenario, "seed">, ...changes: Change[]): StallCase {
  const { input, stalledAt } = play({ seed: 11, ...scenario });
  if (stalledAt === null) throw new Error("the viewer of this scenario does not stall");
  return changes.reduce((known, change) => change(known), input);
}

export const stall =
  (values: Partial<KnownStall>): Change =>
  (input) => ({ ...input, stall: { ...input.stall, ...values } });

export const known =
  (values: Partial<StallCase>): Change =>
  (input) => ({ ...input, ...values });

export const pipelines =
  (change: (pipelines: KnownPipeline[], input: StallCase) => KnownPipeline[]): Change =>
  (input) => ({ ...input, pipelines: change(input.pipelines, input) });

export const pipeline = (values: Partial<KnownPipeline>): Change =>
  pipelines((all) => all.map((one) => ({ ...one, ...values })));

/** Of all pipelines; null takes the window away. */
export const windows = (change: (known: KnownWindow, beforeStall: number) => KnownWindow | null): Change =>
  pipelines((all, { stall: { atMs } }) =>
    all.map((one) => ({
      ...one,
      windows: one.windows.flatMap((window) => change(window, (atMs - window.toMs) / 1000) ?? []),
    })),
  );

export const window = (change: (window: PipelineWindow, beforeStall: number) => Partial<PipelineWindow>): Change =>
  windows((known, before) => ({ ...known, window: { ...known.window, ...change(known.window, before) } }));

export const element = (
  name: string,
  change: (element: ElementWindow, beforeStall: number) => Partial<ElementWindow>,
): Change =>
  window(({ elements }, before) => ({
    elements: elements.map((one) => (one.path.endsWith(`/${name}`) ? { ...one, ...change(one, before) } : one)),
  }));

/** Its last window says that it is gone. */
export const ended = (end: PipelineWindow["end"], secondsBefore: number): Change =>
  windows((known, before) => {
    if (before < secondsBefore - 2) return null;
    return before < secondsBefore
      ? { ...known, window: { ...known.window, state: "ended", ...(end ? { end } : {}) } }
      : known;
  });

/** Only slow windows, copied to the time before. */
export const slowFromStart: Change = pipelines((all, { stall: { atMs } }) =>
  all.map((pipeline) => {
    const slow = pipeline.windows.filter(({ fromMs }) => fromMs > atMs - 7000);
    const copies = Array.from({ length: 8 }, (_, place) =>
      slow.map((known) => ({ ...known, fromMs: known.fromMs - place * 10_000, toMs: known.toMs - place * 10_000 })),
    );
    return { ...pipeline, windows: copies.flat() };
  }),
);

/** Of the undisturbed pipeline. */
export function healthyNominal(): Nominal {
  const { input } = play({ seed: 5, fault: {} });
  const [pipeline] = input.pipelines;
  const nominal = pipeline && nominalOf(pipeline, [], input.nowMs);
  if (!nominal) throw new Error("an undisturbed pipeline must have a nominal state");
  return nominal;
}

/** The same pipeline on another machine, undisturbed. */
export const healthyTwin = (): KnownPipeline[] =>
  play({ seed: 5, fault: {} }).input.pipelines.map((pipeline) => ({
    ...pipeline,
    windows: pipeline.windows.map((known) => ({ ...known, window: { ...known.window, host: "encoder-2" } })),
  }));

/** The encoder of the rendition "low" gets half of the pictures, the rest is thrown away before it. */
export const lossy: Change = window(({ elements }, before) => ({
  elements: elements.map((one) => {
    if (before > 12 || !/_low$/.test(one.path)) return one;
    const half = { ...one, buffers_in: one.buffers_in / 2, buffers_out: one.buffers_out / 2 };
    return one.path.endsWith("/enc_low") ? { ...half, own_ms: 1990 } : half;
  }),
}));
