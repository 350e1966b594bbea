// Do the sentences about all threads add up: whose samples those are, and where their time went?
import { describe, expect, it } from "vitest";
import { account, workers } from "../../../src/analysis/whole-process.js";
import type { Summary } from "../../../src/model/summary.js";
import { second, summaryOf } from "../../helpers/summary-tables.js";

describe("samples of threads without pads", () => {
  it("are told by whose they are, and their sum", () => {
    expect(workers({ worker_attributed: 1200, worker_by_factory: 30, worker_unattributed: 4 })).toEqual([
      "Samples of threads without pads: 1,234; 1,200 got their element by the modules on their stack, 30 only its factory, which has several, 4 belong to none.",
    ]);
  });

  it("say nothing of factories where there was no such one, and nothing at all where there were none", () => {
    expect(workers({ worker_attributed: 1 })).toEqual([
      "Samples of threads without pads: 1; 1 got their element by the modules on their stack, 0 belong to none.",
    ]);
    expect([workers({}), workers({ worker_attributed: 0, samples_written: 9 })]).toEqual([[], []]);
  });
});

describe("the account of a process", () => {
  const summary = (blockedOn?: Record<string, number>): Summary => {
    const table = { rows: [{ name: "a", cpuNs: 3 * second }], wall: { readyNs: 2 * second, blockedNs: 95 * second } };
    const made = summaryOf(table);
    if (made.profile.wall !== null && blockedOn !== undefined) made.profile.wall.blockedOn = blockedOn;
    return made;
  };

  it("says the states of all threads as shares of their wall time, and the longest waits", () => {
    const [cpu, wall] = account(summary({ poll: 35 * second, futex: 60 * second }));
    expect(cpu).toBe("CPU time of the process: 3.00 s: 3.00 s sampled.");
    expect(wall).toBe(
      "Wall time of all threads: 100 s: 3.0 % on a CPU, 2.0 % ready, but on none, 95 % blocked (60 % in futex, 35 % in poll).",
    );
  });

  it("names four waits at most, and none where nothing was blocked", () => {
    const waits = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`call${n}`, n * second]));
    expect(account(summary(waits))[1]).toMatch(
      /\(5\.0 % in call5, 4\.0 % in call4, 3\.0 % in call3, 2\.0 % in call2\)\.$/,
    );
    expect(account(summary({}))[1]).toMatch(/95 % blocked\.$/);
  });

  it("has no word about wall time that nobody measured", () => {
    expect(account(summaryOf({ rows: [{ name: "a", cpuNs: second }] }))).toHaveLength(1);
    expect(account(summaryOf({ rows: [], wall: { readyNs: 0, blockedNs: 0 } }))).toHaveLength(1);
  });
});
