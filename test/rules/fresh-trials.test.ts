// Are fresh trials of stalls chosen, dealt out, replaced and counted as their rules say, and is a clock that is wrong shown or without influence?
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { shiftOf } from "../../scripts/lab/shifted-clock.mjs";
import { root } from "../helpers/tree.js";
import { clockTrialsOf, trialsOf } from "../stalls/all-trials.mjs";
import { countsOf, freshOf, lanesOf, wantsSpare } from "../stalls/fresh.mjs";
import { outcomeOf } from "../stalls/outcome.mjs";
import { left } from "../stalls/plan.mjs";

interface Trial {
  id: string;
  pipeline: string;
  kind: string;
  fault: string;
  group: string;
  load: number;
  variant?: string;
  spare?: Trial;
}

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const placeAndKind = ({ fault }: Trial) => fault.replace(/=.*/, "");

describe("fresh trials", () => {
  test("of two, one slows an element down without a CPU and one the delivery; each has another one in its stead", () => {
    for (const seed of seeds) {
      const fresh: Trial[] = freshOf(trialsOf(seed), 2);
      expect(fresh.map(({ group }) => group)).toEqual(["pipeline", "delivery"]);
      for (const { spare, ...trial } of fresh) {
        expect(spare?.group).toBe(trial.group);
        expect(spare?.id).not.toBe(trial.id);
        for (const one of [trial, spare as Trial]) {
          expect([one.pipeline, one.variant, one.load]).toEqual(["demo", undefined, 0]);
          expect(one.fault).toMatch(/^(pre|enc|post|aud):(sleep|lock)=(1\.5|3)x$|^net:rate=/);
        }
      }
    }
    const chosen = seeds.map((seed) => freshOf(trialsOf(seed), 2)[0].fault);
    expect(new Set(chosen).size).toBeGreaterThan(5);
  });

  test("of twelve, eight are of pipelines, no two at the same place in the same way, three of the delivery, one kills", () => {
    for (const seed of seeds) {
      const fresh: Trial[] = freshOf(trialsOf(seed), 12);
      const of = (group: string) => fresh.filter((trial) => trial.group === group);
      expect([of("pipeline").length, of("delivery").length, of("other").map(({ kind }) => kind)]).toEqual([
        8,
        3,
        ["kill"],
      ]);
      expect(new Set(of("pipeline").map(placeAndKind)).size).toBe(8);
      expect(new Set(of("delivery").map(({ fault }) => fault)).size).toBe(3);
      const all = [...fresh, ...fresh.flatMap(({ spare }) => spare ?? [])].map(({ id }) => id);
      expect(new Set(all).size).toBe(24);
    }
  });

  test("are dealt to lanes of like length, those that burn a CPU to the first, each lane in the order of all", () => {
    for (const seed of seeds) {
      const fresh: Trial[] = freshOf(trialsOf(seed), 12);
      const lanes: Trial[][] = lanesOf(fresh, 2);
      expect(lanes.map((lane) => lane.length)).toEqual([6, 6]);
      expect(lanes[1]?.filter(({ kind }) => kind === "burn")).toEqual([]);
      for (const lane of lanes) expect(lane).toEqual(fresh.filter((trial) => lane.includes(trial)));
    }
    const [all] = [freshOf(trialsOf(1), 12)];
    expect(lanesOf(all, 1)).toEqual([all]);
    expect(lanesOf(all.slice(0, 1), 4).length).toBe(1);
  });

  test("are void at most twice: another one takes the place of a void one, none that of a wrong one", () => {
    const spare = { id: "b" };
    expect(wantsSpare({ spare }, { outcome: "void", wasHealthy: true })).toBe(true);
    expect(wantsSpare({ spare }, { outcome: "wrong", wasHealthy: true })).toBe(false);
    expect(wantsSpare({ spare }, { outcome: "void", wasHealthy: false })).toBe(false);
    expect(wantsSpare({ spare }, { outcome: "void", wasHealthy: undefined })).toBe(false); // the lab failed
    expect(wantsSpare({ spare: undefined }, { outcome: "void", wasHealthy: true })).toBe(false);
  });

  test.each([
    [{ passed: 1, failed: 0, skipped: 0 }, [["a", "right"]]],
    [{ passed: 0, failed: 1, skipped: 0 }, [["a", "wrong"]]],
    [{ passed: 0, failed: 0, skipped: 1 }, [["a", "void"]]],
    [
      { passed: 1, failed: 0, skipped: 0 },
      [
        ["a", "void"],
        ["b", "right"],
      ],
    ],
    [
      { passed: 0, failed: 1, skipped: 0 },
      [
        ["a", "void"],
        ["b", "wrong"],
      ],
    ],
    [
      { passed: 0, failed: 0, skipped: 1 },
      [
        ["a", "void"],
        ["b", "void"],
      ],
    ],
    [{ passed: 0, failed: 1, skipped: 0 }, []],
  ])("count as %j with %j", (counts, results) =>
    expect(
      countsOf(
        [{ id: "a", spare: { id: "b" } }],
        results.map(([id, outcome]) => ({ id, outcome })),
      ).counts,
    ).toEqual(counts),
  );

  const twelve = Array.from({ length: 12 }, (_, i) => ({ id: String(i), group: i < 8 ? "pipeline" : "delivery" }));
  const outcomes = (wrong: string[]) =>
    twelve.map(({ id }) => ({ id, outcome: wrong.includes(id) ? "wrong" : "right" }));
  test.each([
    [[], { passed: 12, failed: 0, skipped: 0 }],
    [["3"], { passed: 11, failed: 0, skipped: 1 }],
    [["3", "5"], { passed: 10, failed: 2, skipped: 0 }],
    [["9"], { passed: 11, failed: 1, skipped: 0 }],
    [["3", "9"], { passed: 10, failed: 1, skipped: 1 }],
  ])("of twelve with the wrong ones %j count as %j", (wrong, counts) =>
    expect(countsOf(twelve, outcomes(wrong)).counts).toEqual(counts),
  );
});

describe("a clock that is wrong", () => {
  const { seed, trials } = JSON.parse(readFileSync(`${root}test/stalls/seeds-clocks.json`, "utf8"));

  test("is one of each committed trial: two of the machine's before and behind, two of the player's", () => {
    expect(clockTrialsOf(seed)).toEqual(trials);
    const clocks = trials.map((one: Record<string, string>) => one.agent_clock ?? `player ${one.player_clock}`);
    expect(clocks).toEqual(["+20s", "+20s", "-20s", "-20s", "player +1h", "player +1h", "player -1h", "player -1h"]);
    expect(left(trials, []).length).toBe(4); // a lab of its own for each
    expect([shiftOf("-20s"), shiftOf("+1h"), shiftOf("+2m")]).toEqual([-20_000, 3_600_000, 120_000]);
    expect(() => shiftOf("20")).toThrow("for example -20s or +1h");
  });

  const T = 1_790_000_000_000;
  const clock = (offset_s: number, side: string) => ({
    ...{
      kind: "clock",
      sentence: `The clock of the pipeline's machine is ${offset_s} s ${side} the service's`,
      numbers: { offset_s },
    },
  });
  const outcome = (trial: object, evidence: object[], from_program_time = true) => {
    const stall = { at: new Date(T + 20_000).toISOString(), lasted_ms: 900 };
    const view = { stall, verdict: "element", element: { path: "p/enc" }, evidence, interval: { from_program_time } };
    const course = { wasHealthy: true, injectedAt: T, stall: view, final: view, waitedMs: 2000, recovered: true };
    return outcomeOf({ expect: { verdict: "element", element: "/enc" }, ...trial }, course);
  };

  test.each([
    ["right", { agent_clock: "+20s" }, [clock(19.6, "ahead of")]],
    ["right", { agent_clock: "-20s" }, [clock(20.02, "behind")]],
    ["wrong", { agent_clock: "-20s" }, [clock(20.02, "ahead of")]],
    ["wrong", { agent_clock: "+20s" }, [clock(3, "ahead of")]],
    ["wrong", { agent_clock: "+20s" }, []],
    ["right", { player_clock: "+1h" }, []],
    ["wrong", { player_clock: "+1h" }, [clock(3600, "behind")]],
    ["right", {}, [clock(20, "behind")]],
  ])("makes a trial %s with %j and the evidence %j", (expected, trial, evidence) =>
    expect(outcome(trial, evidence).outcome).toBe(expected),
  );

  test("of a player may not hide the time of the media", () => {
    expect(outcome({ player_clock: "-1h" }, [], false).outcome).toBe("wrong");
  });
});

test("a CPU is not burnt where other programs want it, in a fresh run: void", () => {
  const taken = { wasHealthy: true, isTaken: true, stall: null, final: null, waitedMs: 0 };
  expect(outcomeOf({ expect: { verdict: "element" } }, taken)).toEqual({
    outcome: "void",
    why: "other programs want the CPUs",
  });
});
