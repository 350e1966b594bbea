// What do the results say together? A line for each trial, a table of groups, and the bars that they must reach. Pure.
// SPDX-License-Identifier: MPL-2.0

export const bars = { pipeline: 0.95, cmcd: 0.9, stock: 0.9, voids: 0.1, verdictMs: 5000 };

const seconds = (ms) => (ms === null || ms === undefined ? "-" : `${(ms / 1000).toFixed(1)} s`);
const number = (value) => (typeof value === "number" ? value.toFixed(2) : "-");
const name = ({ verdict, element }) => (element ? `${verdict} ${element.path ?? element}` : verdict);

/** Expected, got, confidence, evidence, ratio that was published, load of the machine. */
export function lineOf({
  id,
  expect,
  outcome,
  why,
  final,
  stall,
  verdictAfterMs,
  stallAfterMs,
  publishedAtStall,
  machine,
}) {
  const view = final ?? stall;
  const got = view === null || view === undefined ? "no stall" : `${name(view)} (${view.confidence})`;
  const evidence = (view?.evidence ?? []).map((one) => one.sentence).join(" | ");
  return [
    `${outcome.toUpperCase().padEnd(5)} ${id}: expected ${name(expect)}, got ${got}${why === "" ? "" : `; ${why}`}`,
    `      stall after ${seconds(stallAfterMs)}, verdict ${seconds(verdictAfterMs)} after it, published ${number(publishedAtStall)}, load ${number(machine?.load)}`,
    ...(view ? [`      ${view.sentence}`, `      evidence: ${evidence}`] : []),
  ].join("\n");
}

const countOf = (results, outcome) => results.filter((result) => result.outcome === outcome).length;

/** `planned`: trials of this choice; `results`: of them, those that are done. */
export function groupsOf(planned, results) {
  const names = [...new Set(planned.map(({ group }) => group))].sort();
  return names.map((group) => {
    const own = results.filter((result) => result.group === group);
    const [right, wrong, voids] = ["right", "wrong", "void"].map((outcome) => countOf(own, outcome));
    const planLength = planned.filter((trial) => trial.group === group).length;
    const blamed = own.filter((result) => result.blamesWrongly).length;
    return { group, planned: planLength, done: own.length, right, wrong, voids, blamed };
  });
}

/** What is not reached, each with a sentence; empty: all is. */
export function missed(groups) {
  const shares = groups.flatMap(({ group, right, wrong }) => {
    const valid = right + wrong;
    return group in bars && valid > 0 && right / valid < bars[group]
      ? [`${group}: ${right} of ${valid} right, less than ${bars[group] * 100} %`]
      : [];
  });
  const blamed = groups.reduce((sum, group) => sum + group.blamed, 0);
  const done = groups.reduce((sum, group) => sum + group.done, 0);
  const voids = groups.reduce((sum, group) => sum + group.voids, 0);
  if (blamed > 0) shares.push(`an element was blamed in ${blamed} trials in which none is at fault`);
  if (done > 0 && voids / done > bars.voids)
    shares.push(`${voids} of ${done} trials are void, more than ${bars.voids * 100} %`);
  return shares;
}

export function tableOf(groups) {
  const head = ["group", "planned", "done", "right", "wrong", "void", "blamed wrongly"];
  const rows = groups.map((one) =>
    [one.group, one.planned, one.done, one.right, one.wrong, one.voids, one.blamed].map(String),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Of the time from a stall to its verdict: the middle one, the longest, and how many are within the bar. */
export function verdictTimes(results) {
  const times = results.map(({ verdictAfterMs }) => verdictAfterMs).filter((ms) => typeof ms === "number");
  if (times.length === 0) return "verdicts: none";
  times.sort((a, b) => a - b);
  const within = times.filter((ms) => ms <= bars.verdictMs).length;
  return `verdicts: median ${seconds(times[times.length >> 1])}, longest ${seconds(times.at(-1))} after the stall; ${within} of ${times.length} within ${seconds(bars.verdictMs)}`;
}
