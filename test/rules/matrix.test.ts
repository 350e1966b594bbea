// Does the matrix of Debians and Nodes see what is wrong? Verdicts over reports that are as they should be, and over those that are not.
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { nodes, roots } from "../../scripts/matrix/cells.mjs";
import { checks, few } from "../../scripts/matrix/checks.mjs";
import { judge, judgeCell } from "../../scripts/matrix/judge.mjs";

const element = (name: string, buffersIn: number, buffersOut: number) => ({ name, buffersIn, buffersOut });
const cpu = (more = {}) => ({ samples: 100, reachedRoot: 100, totalNs: 1e9, byElement: { jpeg: 1e9 }, ...more });
const report = (more = {}, profile = {}) => ({
  complete: true,
  pipelines: [{ elements: [element("source", 0, 300), element("jpeg", 300, 300)] }],
  profile: { cpu: cpu(profile) },
  ...more,
});
// biome-ignore lint/suspicious/noExplicitAny: of a report, only what a verdict reads
const ended = (summary: any = report(), more = {}) => ({ code: 0, stderr: "", hasPage: true, summary, ...more });
const counts = { source: [0, 300], jpeg: [300, 300] };

describe("a check", () => {
  it("is without fault when counts are exact", () => {
    expect(judge({ counts }, ended())).toEqual({ faults: [], samples: 100, roots: 100, labelledNs: 0, offNs: 0 });
  });

  it.each([
    [
      "one buffer is missing",
      ended(report({ pipelines: [{ elements: [element("source", 0, 300), element("jpeg", 299, 300)] }] })),
      "jpeg: 299 in, 300 out, not 300 in, 300 out",
    ],
    ["an element is missing", ended(report({ pipelines: [] })), "jpeg: not there, not 300 in, 300 out"],
    ["the program failed", ended(undefined, { code: 134 }), "exit code 134"],
    ["no exit code was left", ended(report(), { code: Number.NaN }), "exit code NaN"],
    [
      "GLib was heard of",
      ended(report(), { stderr: "(gst-launch-1.0:7): GStreamer-CRITICAL **: no" }),
      "(gst-launch-1.0:7): GStreamer-CRITICAL **: no",
    ],
    ["there is no page", ended(report(), { hasPage: false }), "no report.html"],
    ["there is no report", { code: 0, stderr: "", hasPage: true, summary: undefined }, "no report"],
    ["there is no CPU profile", ended(report({ profile: { cpu: null } })), "no CPU profile"],
    ["the capture is not whole", ended(report({ complete: false })), "the capture is not complete"],
  ])("is at fault when %s", (_, one, fault) => {
    expect(judge({ counts }, one).faults).toContain(fault);
  });

  it("gives labels to its cell when they come from stacks alone", () => {
    const one = ended(report({}, { byElement: { jpeg: 9e8, "(none)": 1e8 } }));
    expect(judge({ timing: "off" }, one)).toMatchObject({ labelledNs: 9e8, offNs: 1e9, faults: [] });
  });
});

describe("a cell", () => {
  const off = judge({ timing: "off" }, ended());
  it("adds up its checks", () => {
    expect(judgeCell({ off, on: judge({ counts }, ended()) }, 200)).toEqual({
      passed: 2,
      samples: 200,
      roots: 1,
      labelled: 1,
      faults: [],
    });
  });

  it.each([
    ["few samples", { off }, 101, "100 samples, not 101"],
    [
      "stacks that end early",
      { off: { ...off, roots: 99 } },
      1,
      "99.00 % of the stacks reach the root; those that do not: off 1 of 100",
    ],
    [
      "samples without a label",
      { off: { ...off, labelledNs: 9.8e8 } },
      1,
      "98.00 % of the samples are labelled with timing=off",
    ],
    ["nothing at all", { off: judge({}, ended(undefined, { code: 1 })) }, 1, "off: exit code 1"],
  ])("is at fault for %s", (_, verdicts, enough, fault) => {
    expect(judgeCell(verdicts, enough).faults).toContain(fault);
  });
});

describe("the tables", () => {
  it("have twelve checks, half of them with counts at least, and the loading test's are among them", () => {
    expect(Object.keys(checks)).toHaveLength(12);
    expect(Object.values(checks).filter((one) => one.counts).length).toBeGreaterThanOrEqual(6);
    for (const name of few) expect(checks).toHaveProperty([name]);
    expect(few.some((name) => checks[name]?.timing === "off")).toBe(true);
  });

  it("begin with the Node that the package asks for, and the Debian that it is built in", () => {
    expect(nodes[0]?.startsWith(manifest.engines.node.replace(">=", ""))).toBe(true);
    expect(Object.values(roots).map((one) => one.release)).toEqual(["bullseye", "bookworm", "trixie", "forky"]);
  });
});
