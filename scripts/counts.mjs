// How many tests passed, failed and were left out, and which failed, by the files that ctest and vitest leave? Pure.
// SPDX-License-Identifier: MPL-2.0

/** So much of a failed test's message is kept: the sum of all runs is read where only the end of a log is seen. */
const LINES = 6;
const CHARACTERS = 600;

const entities = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };
const plain = (text) => text.replace(/&(lt|gt|quot|apos|amp);/g, (entity) => entities[entity]);

/** Places in others' code say nothing of what is wrong. */
const foreign = /^\s+at .*(node_modules|node:internal)/;
/** What vitest's JSON has of a test that took longer than its limit. */
const LATE = "STACK_TRACE_ERROR";

function beginning(message) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const lines = message.replace(/\u001b\[[\d;]*m/g, "").split("\n");
  const told = lines.filter((line) => line.trim() !== "" && !foreign.test(line)).slice(0, LINES);
  return told.join("\n").slice(0, CHARACTERS);
}

/** The counts of a JUnit file as ctest writes it; `failures`: name and beginning of the message of each that failed. */
export function countJunit(text) {
  const [suite] = /<testsuite\b[^>]*>/.exec(text ?? "") ?? [];
  if (suite === undefined) return undefined;
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const skipped = number("skipped") + number("disabled");
  const passed = number("tests") - number("failures") - skipped;
  return { passed, failed: number("failures"), skipped, failures: junitFailures(text) };
}

function junitFailures(text) {
  const cases = text.split(/<testcase\b/).slice(1);
  const failed = cases.filter((one) => /^[^>]*\bstatus="fail"/.test(one) || /<failure\b/.test(one));
  return failed.map((one) => {
    const [, name = "a test without a name"] = /\bname="([^"]*)"/.exec(one) ?? [];
    const output = plain(/<system-out>([\s\S]*?)<\/system-out>/.exec(one)?.[1] ?? "");
    const at = output.search(/: Failure$/m);
    return { name: plain(name), message: beginning(at < 0 ? output : output.slice(output.lastIndexOf("\n", at) + 1)) };
  });
}

/** The counts of vitest's JSON; a file that could not even be loaded is one failure. `failures`: as for JUnit. */
export function countVitest(text) {
  let report;
  try {
    report = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = report.numFailedTests + unloaded.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  // An error outside all tests (an unhandled rejection) fails no test, and must not be lost.
  const outside = !report.success && failed === 0 ? 1 : 0;
  const failures = [...vitestFailures(report), ...(outside ? [{ name: "outside all tests", message: "" }] : [])];
  return { passed: report.numPassedTests, failed: failed + outside, skipped, failures };
}

function vitestFailures({ testResults }) {
  return testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    if (status === "failed" && assertionResults.length === 0)
      return [{ name: file, message: beginning(message ?? "it could not be loaded") }];
    const failed = assertionResults.filter((one) => one.status === "failed");
    return failed.map(({ fullName, failureMessages, duration = 0 }) => ({
      name: `${file}: ${fullName} (${(duration / 1000).toFixed(1)} s)`,
      message: beginning(failureMessages?.join("\n").replace(LATE, "longer than its limit") ?? ""),
    }));
  });
}

/** What adds up several: counts and failures. */
export function add(all) {
  const total = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const { failures = [], ...counts } of all) {
    for (const key of Object.keys(counts)) total[key] += counts[key];
    total.failures.push(...failures);
  }
  return total;
}

/** For the end of a log: each failed test with the beginning of its message. `root`: taken off the names of files. */
export function toldFailures(failures, root) {
  const lines = failures.flatMap(({ name, message }) => [
    `FAILED ${name}`,
    ...message.split("\n").map((line) => `    ${line}`),
  ]);
  return lines.map((line) => line.replaceAll(root, "").trimEnd()).filter((line) => line !== "");
}
