// Are the trials of stalls planned, resumed, judged and added up as their rules say, and does one trial go its way to the end?
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { startBurners } from "../../scripts/lab/burners.mjs";
import { root } from "../helpers/tree.js";
import { isHealthyTime, publishedIn } from "../stalls/health.mjs";
import { blamesWrongly, outcomeOf } from "../stalls/outcome.mjs";
import { chosen, left, readPart, shuffled } from "../stalls/plan.mjs";
import { readLines, resultsIn } from "../stalls/results.mjs";
import { sessionService } from "../stalls/session-service.mjs";
import { groupsOf, lineOf, missed, tableOf, verdictTimes } from "../stalls/table.mjs";
import { limits, runTrial } from "../stalls/trial.mjs";

interface Trial {
  id: string;
  load: number;
  pipeline: string;
  kind: string;
  fault: string;
  group: string;
  expect: { verdict: string; element?: string };
}

const { seed, trials } = JSON.parse(readFileSync(`${root}test/stalls/seeds.json`, "utf8")) as {
  seed: number;
  trials: Trial[];
};
const of = (group: string, load: number) => trials.filter((trial) => trial.group === group && trial.load === load);

describe("the committed seeds", () => {
  test("have what was promised at both loads: 60 pipeline faults in all places and kinds, 20 of the delivery", () => {
    for (const load of [0, 20]) {
      expect(of("pipeline", load).length).toBeGreaterThanOrEqual(60);
      expect(of("delivery", load).length).toBeGreaterThanOrEqual(20);
      const places = new Set(of("pipeline", load).map(({ pipeline, expect: { element } }) => `${pipeline} ${element}`));
      expect(places.size).toBe(10); // four of demo, three of the ladder, the encoder itself, the disk, the chain
      expect(new Set(of("pipeline", load).map(({ kind }) => kind))).toEqual(
        new Set(["burn", "sleep", "lock", "content", "disk"]),
      );
    }
    expect(new Set(trials.map(({ id }) => id)).size).toBe(trials.length);
  });

  test("are in an order that their number gives", () => {
    expect(seed).toBeGreaterThan(0);
    const order = shuffled(
      trials.toSorted((a, b) => a.id.localeCompare(b.id)),
      seed,
    );
    expect(order).toEqual(
      shuffled(
        trials.toSorted((a, b) => a.id.localeCompare(b.id)),
        seed,
      ),
    );
    expect(order).not.toEqual(
      shuffled(
        trials.toSorted((a, b) => a.id.localeCompare(b.id)),
        seed + 1,
      ),
    );
    expect(order.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
      trials.toSorted((a, b) => a.id.localeCompare(b.id)),
    );
  });
});

describe("the plan", () => {
  test("in parts has each trial once, a choice only what was asked for", () => {
    const parts = [1, 2, 3].flatMap((part) => chosen(trials, { load: 0, part: { part, of: 3 } }));
    expect(new Set(parts)).toEqual(new Set(trials.filter(({ load }) => load === 0)));
    expect(parts.length).toBe(new Set(parts).size);
    expect(chosen(trials, { load: 20, only: "disk", limit: 2 }).map(({ pipeline }: Trial) => pipeline)).toEqual([
      "disk",
      "disk",
    ]);
    expect([readPart("2/5"), readPart("6/5"), readPart("0/5"), readPart("x")]).toEqual([
      ...[{ part: 2, of: 5 }, null, null, null],
    ]);
  });

  test("never has a trial again that has a result, the wrong ones neither, and starts each environment once", () => {
    const some = [
      { id: "a", pipeline: "demo" },
      { id: "b", pipeline: "disk" },
      { id: "c", pipeline: "demo" },
      { id: "d", pipeline: "demo", variant: "cmcd" },
      { id: "e", pipeline: "demo" },
    ];
    const groups = left(some, [{ id: "a", outcome: "wrong" }]);
    expect(groups.map((group: { id: string }[]) => group.map(({ id }) => id))).toEqual([["b"], ["c", "e"], ["d"]]);
  });
});

const T = 1_790_000_000_000;
const view = (verdict: string, path?: string, afterMs = 20_000) => ({
  stall: { at: new Date(T + afterMs).toISOString(), lasted_ms: 900 as number | null },
  verdict,
  confidence: "high",
  element: path === undefined ? null : { path },
  sentence: "s",
  evidence: [{ sentence: "published 0.70 of real time" }],
});
const course = (more: object = {}) => ({
  ...{ wasHealthy: true, injectedAt: T, stall: view("unknown"), final: view("element", "p/enc"), waitedMs: 2000 },
  ...{ recovered: true, ...more },
});
const slowEnc = { expect: { verdict: "element", element: "/enc" } };

describe("a trial", () => {
  test.each([
    ["right", {}],
    ["wrong", { final: view("element", "p/enc-high") }],
    ["wrong", { final: view("delivery") }],
    ["wrong", { stall: null, final: null }],
    ["void", { stall: null, final: null, waitedMs: 900 }],
    ["void", { wasHealthy: false }],
    ["void", { recovered: false }],
    ["void", { stall: view("element", "p/enc", 3999) }],
    ["right", { stall: view("element", "p/enc", 4000) }],
  ])("is %s with %j", (outcome, more) => expect(outcomeOf(slowEnc, course(more)).outcome).toBe(outcome));

  test.each([
    ["right", { stall: null, waitedMs: 300 }],
    ["wrong", { stall: view("delivery"), waitedMs: 300 }],
    ["void", { stall: view("delivery"), waitedMs: 1000 }],
  ])("without a stall to come is %s with %j", (outcome, more) =>
    expect(outcomeOf({ expect: { verdict: "silent" } }, course({ final: null, ...more })).outcome).toBe(outcome),
  );

  test("blames wrongly when it names an element at first or in the end, and none is at fault", () => {
    const delivery = { expect: { verdict: "delivery" } };
    expect(blamesWrongly(delivery, course())).toBe(true);
    expect(blamesWrongly(delivery, course({ stall: view("element", "p/enc"), final: view("delivery") }))).toBe(true);
    expect(blamesWrongly(delivery, course({ stall: null, final: null }))).toBe(false);
    expect(blamesWrongly(slowEnc, course())).toBe(false);
  });
});

describe("the table", () => {
  const result = (group: string, outcome: string, more: object = {}) => ({
    group,
    outcome,
    blamesWrongly: false,
    ...more,
  });
  const many = (count: number, group: string, outcome: string) =>
    Array.from({ length: count }, () => result(group, outcome));

  test("counts, and 95 % of what is not void is the bar", () => {
    const planned = many(30, "pipeline", "");
    const good = groupsOf(planned, [...many(19, "pipeline", "right"), result("pipeline", "wrong")]);
    expect(good).toEqual([{ group: "pipeline", planned: 30, done: 20, right: 19, wrong: 1, voids: 0, blamed: 0 }]);
    expect(missed(good)).toEqual([]);
    const bad = groupsOf(planned, [...many(18, "pipeline", "right"), result("pipeline", "wrong")]);
    expect(missed(bad)).toEqual(["pipeline: 18 of 19 right, less than 95 %"]);
    expect(tableOf(bad).split("\n")[1]).toMatch(/^pipeline +30 +19 +18 +1 +0 +0$/);
  });

  test("one blamed element is too many, and more voids than one in ten", () => {
    const planned = many(20, "delivery", "");
    const blamed = result("delivery", "wrong", { blamesWrongly: true });
    expect(missed(groupsOf(planned, [blamed]))).toEqual([
      "an element was blamed in 1 trials in which none is at fault",
    ]);
    expect(missed(groupsOf(planned, [...many(9, "delivery", "right"), result("delivery", "void")]))).toEqual([]);
    expect(missed(groupsOf(planned, [...many(8, "delivery", "right"), ...many(1, "delivery", "void")]))).toEqual([
      "1 of 9 trials are void, more than 10 %",
    ]);
    expect(missed(groupsOf(planned, []))).toEqual([]);
  });

  test("shows of each trial what was expected, found, why and how fast", () => {
    const line = lineOf({
      ...{ id: "x", ...slowEnc, outcome: "right", why: "", final: view("element", "p/enc"), stall: null },
      ...{ verdictAfterMs: 2300, stallAfterMs: 20_000, publishedAtStall: 0.7, machine: { load: 3.5 } },
    });
    for (const part of [
      "RIGHT",
      "expected element /enc",
      "got element p/enc (high)",
      "20.0 s",
      "2.3 s",
      "0.70",
      "3.50",
    ])
      expect(line).toContain(part);
    expect(line).toContain("evidence: published 0.70 of real time");
    const times = [{ verdictAfterMs: 1000 }, { verdictAfterMs: 6000 }, { verdictAfterMs: 2000 }, {}];
    expect(verdictTimes(times)).toBe("verdicts: median 2.0 s, longest 6.0 s after the stall; 2 of 3 within 5.0 s");
  });
});

describe("results", () => {
  test("stay, each with its recording; half a line of a run that was killed is none", () => {
    const folder = mkdtempSync(join(tmpdir(), "stall-trials-"));
    const results = resultsIn(folder);
    results.add({ id: "a", outcome: "right", recording: { windows: [1] } });
    writeFileSync(results.file, `${readFileSync(results.file, "utf8")}{"id":"b","outc`);
    expect(resultsIn(folder).all()).toEqual([{ id: "a", outcome: "right" }]);
    const recording = gunzipSync(readFileSync(join(folder, "recordings/a.json.gz"))).toString();
    expect(JSON.parse(recording)).toEqual({ windows: [1] });
    expect(readLines("")).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

/** Two seconds each, the last of them ends then; each publishes that much of real time. */
function windowsUntil(untilMs: number, ratio: number, count = 60) {
  const time = (ms: number) => new Date(ms).toISOString();
  return Array.from({ length: count }, (_, index) => ({
    ...{ run_id: "r", state: "playing", sinks: [{ path: "p/sink", media_ms: 2000 * ratio }] },
    ...{ from: time(untilMs - (count - index) * 2000), to: time(untilMs - (count - index - 1) * 2000) },
  }));
}

describe("health", () => {
  const from = T - 60_000;
  test("is a minute that was published, of the sink that published least", () => {
    expect(isHealthyTime(windowsUntil(T, 1), from, T)).toBe(true);
    expect(isHealthyTime(windowsUntil(T, 0.94), from, T)).toBe(false);
    expect(isHealthyTime([], from, T)).toBe(false);
    const slow = { path: "p/other", media_ms: 1000 };
    const both = windowsUntil(T, 1).map((window) => ({ ...window, sinks: [...window.sinks, slow] }));
    expect(publishedIn(both)).toBe(0.5);
    expect(isHealthyTime(both, from, T)).toBe(false);
  });

  test("is not a minute with a hole, nor one in which the pipeline was gone", () => {
    const hole = windowsUntil(T, 1.2).map((window, index) => (index > 50 ? { ...window, sinks: slowSinks } : window));
    expect(publishedIn(hole.slice(-30))).toBeGreaterThan(0.95);
    expect(isHealthyTime(hole, from, T)).toBe(false);
    const gone = windowsUntil(T, 1).map((window, index) => (index === 40 ? { ...window, state: "ended" } : window));
    expect(isHealthyTime(gone, from, T)).toBe(false);
  });
});
const slowSinks = [{ path: "p/sink", media_ms: 1200 }];

/** The service's answers, on a clock that only the trial's pauses move. */
let server: Server | undefined;
afterEach(() => {
  server?.close();
});

interface World {
  stallAfterMs: number;
  waitedMs?: number;
  waitsAfterMs?: number;
  verdict?: string;
}

async function world({ stallAfterMs, waitedMs = 0, waitsAfterMs = 0, verdict = "element" }: World) {
  const faults: [string, number][] = [];
  const state = { now: T, faultAt: 0 };
  const stalls = () => {
    const is = state.faultAt > 0 && state.now >= state.faultAt + stallAfterMs;
    const at = state.faultAt + stallAfterMs - T;
    return is ? [{ ...view(verdict, "p/enc", at), stall: { ...view("", "", at).stall } }] : [];
  };
  const answers: [RegExp, () => object][] = [
    [
      /^\/api\/streams$/,
      () => ({ streams: [{ stream_id: "demo", published: 1, viewers: { stalled: 0, watching: 1 } }] }),
    ],
    [/\/stalls$/, () => ({ stalls: stalls() })],
    [/\/pipeline\?/, () => ({ windows: windowsUntil(state.now, 1) })],
    [/^\/api\/stream-sessions\/s/, () => ({ events: [] })],
  ];
  const own = createServer((request, response) => {
    const [, answer] = answers.find(([path]) => path.test(request.url ?? "")) ?? [];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer?.() ?? {}));
  });
  server = own;
  await new Promise<void>((done) => own.listen(0, "127.0.0.1", done));
  const viewer = {
    stream: "demo",
    sessionId: "s",
    begin: async () => {},
    waits: async () => {
      const from = state.faultAt + waitsAfterMs;
      return waitedMs > 0 && state.faultAt > 0 && state.now >= from ? [{ from, until: from + waitedMs }] : [];
    },
    log: async () => [{ at: state.faultAt, source: "video", type: "waiting" }],
    plays: async () => true,
    hasGivenUp: () => false,
  };
  return {
    faults,
    service: sessionService(`http://127.0.0.1:${(own.address() as AddressInfo).port}`),
    viewers: [viewer],
    streams: [{ stream: "demo" }],
    makeFault: async (fault: string) => {
      faults.push([fault, state.now - T]);
      if (fault !== "none") state.faultAt = state.now;
    },
    now: () => state.now,
    pause: async (ms: number) => {
      state.now += ms;
    },
  };
}

test("one trial: a minute of health, the fault, its stall, its verdict, the end of the fault", async () => {
  const around = await world({ stallAfterMs: 9000 });
  const result = await runTrial({ id: "x", fault: "enc:burn=3x", load: 0, ...slowEnc }, around);
  expect(around.faults[0]).toEqual(["enc:burn=3x", limits.healthyMs]);
  expect(around.faults[1]?.[0]).toBe("none");
  expect(result).toMatchObject({ outcome: "right", stallAfterMs: 9000, published: 1, blamesWrongly: false });
  expect(result.recording).toMatchObject({ trial: "x", session: { events: [] } });
});

test("one trial without a stall ends at its limit and is void", async () => {
  const around = await world({ stallAfterMs: 1e9 });
  const result = await runTrial({ id: "x", fault: "enc:burn=3x", load: 0, seconds: 20, ...slowEnc }, around);
  expect(result).toMatchObject({ outcome: "void", why: "no stall within the limit" });
  expect(around.faults.at(-1)?.[0]).toBe("none");
});

test("one trial whose player waited, though no stall is known, is wrong, and keeps what both saw", async () => {
  const around = await world({ stallAfterMs: 1e9, waitedMs: 1700 });
  const result = await runTrial({ id: "x", fault: "enc:burn=3x", load: 0, ...slowEnc }, around);
  expect(result).toMatchObject({ outcome: "wrong", waitedMs: 1700 });
  expect(result.recording).toMatchObject({ trial: "x", logs: [[{ type: "waiting" }]], sessions: [{ events: [] }] });
  expect(result.recording.windows.length).toBeGreaterThan(0);
});

describe("undisturbed time", () => {
  const trial = { id: "x", kind: "undisturbed", fault: "", load: 0, seconds: 1800, expect: { verdict: "silent" } };

  test("lasts to its end; a stall that is no element's does not end it", async () => {
    const around = await world({ stallAfterMs: 100_000, verdict: "delivery" });
    const begin = around.now();
    // Nothing is made slow in it, but a player stalls.
    await around.makeFault("from the way");
    const result = await runTrial(trial, around);
    expect(around.now() - begin).toBeGreaterThanOrEqual(1_800_000);
    expect(result).toMatchObject({ outcome: "right", blamesWrongly: false, verdicts: [{ verdict: "delivery" }] });
  });

  test("in which an element was blamed is wrong", async () => {
    const around = await world({ stallAfterMs: 1_000_000 });
    await around.makeFault("from the way");
    expect(await runTrial(trial, around)).toMatchObject({ outcome: "wrong", blamesWrongly: true });
  });

  test.each([
    ["without a verdict is wrong", 1e9, "wrong", 1700],
    ["with one is right", 101_000, "right", 0],
  ])("in which a player waited for a second %s", async (_, stallAfterMs, outcome, waitedMs) => {
    const around = await world({ stallAfterMs, waitedMs: 1700, waitsAfterMs: 100_000, verdict: "delivery" });
    await around.makeFault("from the way");
    expect(await runTrial(trial, around)).toMatchObject({ outcome, waitedMs });
  });
});

test("seeds of an unknown kind are refused", () => {
  const made = spawnSync(process.execPath, [`${root}test/stalls/make-seeds.mjs`, "20", "mroe"], { encoding: "utf8" });
  expect([made.status, made.stdout]).toEqual([2, ""]);
  expect(made.stderr).toContain("usual, clocks, more, rates");
});

const autogroup = "/proc/self/autogroup";
test.skipIf(!existsSync(autogroup))("a burner has its priority among sessions, too", async () => {
  const { burners, stop } = startBurners({ count: 1, nice: 7 });
  try {
    const [{ pid }] = burners.map(({ child }): { pid?: number } => child) as [{ pid?: number }];
    expect(readFileSync(`/proc/${pid}/autogroup`, "utf8")).toMatch(/nice 7$/m);
  } finally {
    await stop();
  }
});

test("one trial that burns a CPU is void before its fault, where other programs want the CPUs more than a run allows", async () => {
  const around = { ...(await world({ stallAfterMs: 9000 })), limits: { pressure: 0 } };
  const result = await runTrial({ id: "x", kind: "burn", fault: "enc:burn=3x", load: 0, ...slowEnc }, around);
  expect(result).toMatchObject({ outcome: "void", why: "other programs want the CPUs", wasHealthy: true });
  expect(around.faults).toEqual([]);
});

test("a session is read with all of its events, however many pages they have", async () => {
  const asked: string[] = [];
  const own = createServer((request, response) => {
    asked.push(request.url ?? "");
    const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("events_cursor") ?? 0);
    const more = page < 2 ? { next_cursor: String(page + 1) } : {};
    response.end(JSON.stringify({ session: { session_id: "s" }, events: [page], ...more }));
  });
  server = own;
  await new Promise<void>((done) => own.listen(0, "127.0.0.1", done));
  const service = sessionService(`http://127.0.0.1:${(own.address() as AddressInfo).port}`);
  expect((await service.session("s")).events).toEqual([0, 1, 2]);
  expect(asked[0]).toBe("/api/stream-sessions/s?events_limit=1000");
});
