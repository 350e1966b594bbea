// What does a report say otherwise than it must? Counts are exact, stacks whole, samples labelled, and nothing else was heard of.
// SPDX-License-Identifier: MPL-2.0
import { miscounted } from "../release/counts.mjs";

/**
 * @typedef {import("../../src/model/summary.js").Summary} Summary
 * @typedef {{ code: number, stderr: string, hasPage: boolean, summary: Summary | undefined }} Ended
 * @typedef {{ faults: string[], samples: number, roots: number, labelledNs: number, offNs: number }} Verdict
 */

const nothing = { samples: 0, roots: 0, labelledNs: 0, offNs: 0 };

/**
 * One check's verdict.
 *
 * @param {{ timing?: string, counts?: Record<string, number[]> }} check
 * @param {Ended} ended
 * @returns {Verdict}
 */
export function judge({ timing, counts = {} }, { code, stderr, hasPage, summary }) {
  const faults = code === 0 ? [] : [`exit code ${code}`];
  for (const line of stderr.split("\n"))
    if (/CRITICAL|\*\* ?WARNING|WARNING \*\*|Segmentation/.test(line)) faults.push(line.trim());
  if (!hasPage) faults.push("no report.html");
  if (summary === undefined) return { ...nothing, faults: [...faults, "no report"] };
  faults.push(...miscounted(summary, counts));
  if (summary.profile.cpu === null) return { ...nothing, faults: [...faults, "no CPU profile"] };
  const { samples, reachedRoot: roots, totalNs, byElement } = summary.profile.cpu;
  const labelledNs = totalNs - (byElement["(none)"] ?? 0);
  return {
    faults,
    samples,
    roots,
    ...(timing === "off" ? { labelledNs, offNs: totalNs } : { labelledNs: 0, offNs: 0 }),
  };
}

/** Bars that hold for all checks of a cell together: shares of few samples say nothing. */
export const bars = { roots: 0.999, labelled: 0.99 };

/**
 * A cell's sums, and what is wrong with it.
 *
 * @param {Record<string, Verdict>} verdicts by the names of checks
 * @param {number} enough samples that a cell must have
 */
export function judgeCell(verdicts, enough) {
  const sum = (/** @type {"samples" | "roots" | "labelledNs" | "offNs"} */ key) =>
    Object.values(verdicts).reduce((all, one) => all + one[key], 0);
  const samples = sum("samples");
  const roots = samples === 0 ? 0 : sum("roots") / samples;
  const labelled = sum("offNs") === 0 ? 0 : sum("labelledNs") / sum("offNs");
  const faults = Object.entries(verdicts).flatMap(([name, one]) => one.faults.map((fault) => `${name}: ${fault}`));
  if (samples < enough) faults.push(`${samples} samples, not ${enough}`);
  if (roots < bars.roots) {
    const short = Object.entries(verdicts).filter(([, one]) => one.roots < one.samples);
    const where = short.map(([name, one]) => `${name} ${one.samples - one.roots} of ${one.samples}`).join(", ");
    faults.push(`${percent(roots)} of the stacks reach the root; those that do not: ${where}`);
  }
  if (labelled < bars.labelled) faults.push(`${percent(labelled)} of the samples are labelled with timing=off`);
  const passed = Object.values(verdicts).filter((one) => one.faults.length === 0).length;
  return { passed, samples, roots, labelled, faults };
}

export const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} %`;
