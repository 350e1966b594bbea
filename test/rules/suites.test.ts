// Does the command that runs GStreamer's suites see what is worse under the tracer, and stop politely where it cannot run?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allReports, readLeaks, readResults, readWitness } from "../../scripts/suite/logs.mjs";
import { differences, drawTable, totals, unproven, verdict } from "../../scripts/suite/table.mjs";
import { filesBelow, root } from "../helpers/tree.js";

const line = (name: string, result: string, stdout = "", stderr = "") =>
  JSON.stringify({ name: `suite - gst: ${name}`, result, stdout, stderr });

/** A run as `meson test`, the witness and the leaks tracer leave it. */
function run(results: string[], witness = "", leaks: Record<string, string> = {}) {
  return {
    tests: readResults(results.join("\n")),
    processes: readWitness(witness),
    leaks: new Map(Object.entries(leaks).map(([name, text]) => [name, readLeaks(text)])),
    reports: new Map<string, string[]>(),
    delivered: { agents: 2, profiles: 1 },
    seconds: 1,
  };
}

const alive = (type: string) =>
  `0:00 7 0x1 TRACE GST_TRACER :0:: object-alive, type-name=(string)${type}, address=0x2;\n`;
const witness =
  "pads 1 1 40 44 agents_started=1 samples_written=3 masked=2\npads 1 0 0 0\nbins 1 1 2 2 agents_started=1\n";

describe("a run of a suite", () => {
  test("is added up: results, processes, samples, losses, CRITICALs, what stayed alive", () => {
    const critical = "** (pads:1): CRITICAL **: 00:00: gst_pad_push: assertion failed\n";
    const done = run(
      [line("pads", "OK", "", critical), line("bins", "FAIL", "bins.c:1:E:x: no\n"), line("more", "SKIP")],
      witness,
      { pads: alive("GstPad") + alive("GstPad") + alive("GstBus") },
    );
    expect(totals(done, { leaks: true })).toMatchObject({ ok: 1, failed: 1, skipped: 1, programs: 2, processes: 3 });
    expect(totals(done, { leaks: true })).toMatchObject({
      sessions: 2,
      agents: 2,
      delivered: 2,
      calls: 42,
      samples: 3,
    });
    expect(totals(done, { leaks: true })).toMatchObject({ losses: 2, criticals: 1, leaks: 3, reports: null });
  });

  test("has not failed where it is only the leaks tracer that complains", () => {
    const leaked = "c.c:286:F:general:x:0: Unexpected critical/warning: Leaks detected and logged under GST_DEBUG\n";
    const done = run([line("pads", "FAIL", leaked), line("bins", "FAIL", `${leaked}b.c:1:F:x:0: no\n`)]);
    expect(totals(done)).toMatchObject({ ok: 1, failed: 1, criticals: 0 });
  });

  test("is one row of the table, with a dash for what was not looked for", () => {
    const rows = [
      { suite: "core", engine: "none", ok: 107, calls: null },
      { suite: "core", engine: "wrap", ok: 106, calls: 9 },
    ];
    expect(drawTable(rows).split("\n")).toEqual([
      "suite  engine   ok  calls",
      "core   none    107      -",
      "core   wrap    106      9",
    ]);
  });

  test("is worse than another where a test fails, complains or leaks more, not where it does so in both", () => {
    const bad = "x:1: CRITICAL **: no\n";
    const bare = run([line("a", "FAIL"), line("b", "OK"), line("c", "OK", bad)], "", { d: alive("GstPad") });
    const traced = run([line("a", "FAIL"), line("b", "TIMEOUT"), line("c", "OK", bad + bad)], "", {
      d: alive("GstPad") + alive("GstPad"),
    });
    expect([...differences(bare, traced)].map(([name, [first = ""]]) => [name, first.split("\n")[0]])).toEqual([
      ["b", "OK without, TIMEOUT with"],
      ["c", "CRITICALs"],
      ["d", "left alive: GstPad 1 → 2"],
    ]);
    expect(differences(traced, traced).size).toBe(0);
  });

  test("is not worse for what a test leaves alive by chance, but for anything else", () => {
    const left = (text: string) => run([line("elements_fdsrc", "OK")], "", { elements_fdsrc: text });
    expect(differences(left(""), left(alive("GstBuffer") + alive("GstMemory"))).size).toBe(0);
    expect(differences(left(""), left(alive("GstPad"))).size).toBe(1);
  });

  test("tells the line that says how leaks will be written from a leak", () => {
    const format =
      "DEBUG GST_TRACER x.c:1: new format string: object-alive, type-name=(string)%s, address=(gpointer)%p;\n";
    expect(readLeaks(format + alive("GstBuffer"))).toEqual({ GstBuffer: 1 });
  });

  test("has the reports of both sanitizers: one writes files, the other to stderr", () => {
    const overflow = "a.cc:1:2: runtime error: signed integer overflow";
    const tests = readResults([line("pads", "OK", "", `${overflow}\n`), line("bins", "OK")].join("\n"));
    expect(allReports(tests, new Map([["pads", ["use after free"]]]))).toEqual(
      new Map([["pads", ["use after free", overflow]]]),
    );
  });

  test("proves nothing when the tracer was not at work", () => {
    const results = [line("pads", "OK"), line("bins", "OK")];
    const wrap = { agent: true, engine: "wrap", some: false };
    expect(unproven(run(results, witness), wrap)).toBeUndefined();
    expect(unproven(run(results, ""), wrap)).toMatch(/0 of 2 test programs/);
    expect(unproven(run(results, "pads 1 0 0 0\nbins 1 0 0 0"), wrap)).toMatch(/no process had a session/);
    expect(unproven(run(results, "pads 1 1 0 0\nbins 1 1 0 0"), wrap)).toMatch(/no call/);
    expect(unproven(run(results, witness), { ...wrap, engine: "off" })).toMatch(/calls were timed/);
    expect(unproven(run(results, witness), { ...wrap, sanitize: true })).toMatch(
      /0 of 3 processes were under the sanitizers/,
    );
    expect(unproven(run(results, witness.repeat(9)), wrap)).toMatch(/of 18 agents 2 delivered/);
  });
});

describe("a difference that is tried again", () => {
  const one = (failures: number, leaks = 0) => ({ failures, criticals: 0, reports: 0, leaks });

  test("is the tracer's when it comes back with it once, and never without", () => {
    expect(verdict([one(0), one(1)], [one(0), one(0)])).toEqual(["failures"]);
    expect(verdict([one(0), one(1)], [one(1), one(0)])).toEqual([]);
    expect(verdict([one(0), one(0)], [one(0), one(0)])).toEqual([]);
  });

  test("in what stays alive is the tracer's when it is there each time", () => {
    expect(verdict([one(0, 3), one(0, 4)], [one(0, 2), one(0, 2)])).toEqual(["leaks"]);
    expect(verdict([one(0, 3), one(0, 2)], [one(0, 2), one(0, 2)])).toEqual([]);
  });
});

describe("where it cannot run", () => {
  let place = "";
  // A copy that nobody needs to be root to read.
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "pyro-suites-"));
    chmodSync(place, 0o755);
    for (const path of [...filesBelow("scripts"), "native/wire/counters.h"]) cpSync(root + path, join(place, path));
    mkdirSync(join(place, "bin"));
    for (const name of ["sh", "mount", "dpkg"]) symlinkSync(`/bin/${name}`, join(place, "bin", name));
  });
  afterAll(() => rmSync(place, { recursive: true }));

  const command = (...args: string[]) =>
    spawnSync(process.execPath, [join(place, "scripts/suite.mjs"), ...args], {
      env: { PATH: join(place, "bin") },
      encoding: "utf8",
      ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
    });

  test("it names all that is missing and makes nothing", () => {
    const { status, stdout, stderr } = command();
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/^The suites need to be root.*; unshare; chroot; apt-get; dpkg-source \(apt-get install/);
    expect(spawnSync("ls", [place], { encoding: "utf8" }).stdout).toBe("bin\nnative\nscripts\n");
  });

  test("a suite or an engine that there is not is refused with those that there are", () => {
    const { status, stderr } = command("--suites", "core,ugly");
    expect([status, stderr]).toEqual([2, "ugly: known are core, base, good\n"]);
  });
});
