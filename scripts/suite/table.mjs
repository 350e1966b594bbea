// What did the runs of a suite show: one row for each, and where does one under the tracer differ from the one without? For
// scripts/suite.mjs.
// SPDX-License-Identifier: MPL-2.0
import { counterRows } from "../wire-tables.mjs";

const losses = new Set((await counterRows()).filter(({ kind }) => kind === "loss").map(({ name }) => name));

/**
 * TABLE: what a test itself leaves alive now and then without any tracer, and why.
 * elements_fdsrc: test_seeking and test_nonseeking never free what came before the source was stopped (buffers in 100 runs on a
 * busy machine: without 106, wrap 62, off 93).
 */
const leftByChance = { elements_fdsrc: ["GstBuffer", "GstMemory"] };

/** What stayed alive in `test`, by type, without what it leaves by chance. */
function leaksOf(run, test) {
  const types = Object.entries(run.leaks.get(test) ?? {});
  return Object.fromEntries(types.filter(([type]) => !(leftByChance[test] ?? []).includes(type)));
}

const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

/** All counters of a run's processes, added up by name. */
export function counters(run) {
  const all = {};
  for (const one of run.processes)
    for (const [name, n] of Object.entries(one.counters)) all[name] = (all[name] ?? 0) + n;
  return all;
}

/** A test that passed, or was left out by itself. */
export const passed = (result) => result === "OK" || result === "SKIP";

/** What a run adds up to; null: not looked for. */
export function totals(run, { leaks = false, sanitize = false, traced = true } = {}) {
  const results = [...run.tests.values()].map((test) => test.result);
  const all = counters(run);
  return {
    ok: results.filter((result) => result === "OK").length,
    failed: results.filter((result) => !passed(result)).length,
    skipped: results.filter((result) => result === "SKIP").length,
    programs: traced ? new Set(run.processes.map((one) => one.program)).size : null,
    processes: traced ? run.processes.length : null,
    sessions: traced ? run.processes.filter((one) => one.session).length : null,
    agents: traced ? (all.agents_started ?? 0) : null,
    delivered: traced ? run.delivered.agents : null,
    profiles: traced ? run.delivered.profiles : null,
    calls: traced ? sum(run.processes.map((one) => one.calls)) : null,
    samples: traced ? (all.samples_written ?? 0) : null,
    losses: traced ? sum(Object.entries(all).map(([name, n]) => (losses.has(name) ? n : 0))) : null,
    criticals: sum([...run.tests.values()].map((test) => test.criticals.length)),
    leaks: leaks ? sum([...run.leaks.values()].flatMap((types) => Object.values(types))) : null,
    sanitized: sanitize && traced ? (all.sanitized ?? 0) : null,
    reports: sanitize ? sum([...run.reports.values()].map((list) => list.length)) : null,
    seconds: run.seconds,
  };
}

/** One table of all runs. `rows`: [{ suite, engine, ...totals }]. */
export function drawTable(rows) {
  const names = Object.keys(rows[0]).filter((name) => rows.some((row) => row[name] !== null));
  const cells = rows.map((row) => names.map((name) => String(row[name] ?? "-")));
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i].length)));
  const align = (text, i) => (i < 2 ? text.padEnd(widths[i]) : text.padStart(widths[i]));
  return [names, ...cells].map((line) => line.map(align).join("  ")).join("\n");
}

/** What one test shows in a run, as numbers: more is worse. */
export function measures(run, test) {
  const { result = "missing", criticals = [] } = run.tests.get(test) ?? {};
  return {
    failures: passed(result) ? 0 : 1,
    criticals: criticals.length,
    leaks: sum(Object.values(leaksOf(run, test))),
    reports: (run.reports.get(test) ?? []).length,
  };
}

/** { test: what is worse with the tracer than without }, in sentences. */
export function differences(bare, traced) {
  const found = new Map();
  const names = new Set([
    ...bare.tests.keys(),
    ...traced.tests.keys(),
    ...traced.leaks.keys(),
    ...traced.reports.keys(),
  ]);
  for (const test of names) {
    const [without, under] = [measures(bare, test), measures(traced, test)];
    const worse = Object.keys(without).filter((name) => under[name] > without[name]);
    if (worse.length > 0)
      found.set(
        test,
        worse.map((name) => sentence(name, bare, traced, test)),
      );
  }
  return found;
}

function sentence(name, bare, traced, test) {
  const [without, under] = [bare.tests.get(test), traced.tests.get(test)];
  if (name === "failures")
    return `${without?.result ?? "missing"} without, ${under?.result ?? "missing"} with\n${indented(under?.failed)}`;
  if (name === "criticals") return `CRITICALs\n${indented(under.criticals)}`;
  if (name === "reports") return `reports of a sanitizer\n${indented(traced.reports.get(test))}`;
  const [before, after] = [leaksOf(bare, test), leaksOf(traced, test)];
  const types = Object.keys(after).filter((type) => after[type] > (before[type] ?? 0));
  return `left alive: ${types.map((type) => `${type} ${before[type] ?? 0} → ${after[type]}`).join(", ")}`;
}

const indented = (lines = []) => lines.map((line) => `    ${line.replaceAll("\n", "\n    ")}`).join("\n");

/**
 * Is it the tracer? `withs` and `withouts` are measures of repeated runs. A failure, CRITICAL or report counts when it ever comes
 * back with the tracer and never without; a leak when every run with the tracer has more than any without: threads that end
 * late leave something alive by chance.
 */
export function verdict(withs, withouts) {
  const worst = (list, name) => Math.max(...list.map((one) => one[name]));
  const best = (list, name) => Math.min(...list.map((one) => one[name]));
  return ["failures", "criticals", "reports", "leaks"].filter(
    (name) => (name === "leaks" ? best(withs, name) : worst(withs, name)) > worst(withouts, name),
  );
}

/** Was the tracer at work in this run? The reason why not, or nothing. */
export function unproven(run, { agent, engine, some, sanitize = false }) {
  const all = totals(run);
  const ran = [...run.tests.values()].filter((test) => test.result === "OK").length;
  if (all.programs < (some ? 1 : 0.8 * ran)) return `the plugin was loaded in ${all.programs} of ${ran} test programs`;
  const { sanitized = 0 } = counters(run);
  if (sanitize && sanitized < all.processes)
    return `${sanitized} of ${all.processes} processes were under the sanitizers`;
  if (all.sessions === 0) return "no process had a session";
  if (engine !== "off" && all.calls === 0) return "no call was timed";
  if (engine === "off" && all.calls > 0) return "calls were timed with timing=off";
  if (agent && all.delivered < 0.9 * all.agents) return `of ${all.agents} agents ${all.delivered} delivered`;
  return undefined;
}
