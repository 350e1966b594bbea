// What is said of one pipeline, and from what?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence, Verdict } from "@gst-pyroscope/contract/window";
import { fact } from "./facts.js";
import { paceAgainst } from "./flow.js";
import { upstream } from "./graph.js";
import type { Line, Measured } from "./measure.js";
import type { KnownPipeline, StallCase } from "./stall-case.js";

/** What is said of one pipeline. The evidence's first facts make the sentence. */
export interface Finding {
  verdict: Verdict;
  delivery: "network" | "player" | null;
  element: Line | null;
  /** 2: high, 1: medium, 0: low; before what weakens it. */
  sure: number;
  /** These, in this order, are the sentence. */
  reasons: Evidence[];
  more: Evidence[];
}

export interface Known {
  pipeline: KnownPipeline;
  measured: Measured;
  input: StallCase;
}

export const finding = (verdict: Verdict, sure: number, reasons: Evidence[], more: Evidence[] = []): Finding => ({
  ...{ verdict, delivery: null, element: null, sure, reasons, more },
});

/** In which elements a cause may lie: before the stream's sinks; others only if they hold up the source that they share. */
export function allowed({ pipeline, measured }: Known): Set<string> {
  const { elements, sinks } = measured.totals;
  const ours = upstream(elements, pipeline.sinks ?? [...sinks.keys()]);
  const held = sourcePaces({ measured }, ours).some(({ pace }) => pace < 0.95);
  return pipeline.sinks === null || held ? new Set(elements.keys()) : ours;
}

export function sourcePaces({ measured }: Pick<Known, "measured">, ours: Set<string>) {
  const { totals, nominal } = measured;
  return [...totals.elements.values()].flatMap((element) => {
    const pace = paceAgainst([totals], element.path, nominal?.elements[element.path]?.rate);
    return element.class === "source" && ours.has(element.path) && pace !== null ? [{ element, pace }] : [];
  });
}

export const published = ({ measured }: { measured: Pick<Measured, "published"> }): Evidence[] =>
  measured.published === null
    ? []
    : [fact("published", { ratio: measured.published }, (shown) => `${shown("ratio")} of real time was published.`)];
