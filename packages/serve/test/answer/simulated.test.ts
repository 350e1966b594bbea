// Is the answer right in hundreds of simulated trials?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { judge } from "../../src/answer/judge.js";
import { kinds, places, play, type Scenario, seeded, unknowns } from "./scenario.js";

test("x", () => {
  const random = seeded(+(process.env.S ?? 1));
  let n = 0,
    tj = 0,
    tp = 0;
  const bad: string[] = [];
  const stats = new Map<string, number>();
  const run = (expected: string, s: Scenario) => {
    const t0 = performance.now();
    const t = play(s);
    tp += performance.now() - t0;
    if (t.stalledAt === null) {
      stats.set(`${expected} no stall`, (stats.get(`${expected} no stall`) ?? 0) + 1);
      return;
    }
    const t1 = performance.now();
    const j = judge(t.input);
    tj += performance.now() - t1;
    n++;
    const got =
      j.verdict === "element" ? (j.element?.path === t.guilty ? "right element" : "WRONG element") : j.verdict;
    const key = `${expected} -> ${got} ${j.confidence}`;
    stats.set(key, (stats.get(key) ?? 0) + 1);
    if ((expected === "element" && got !== "right element") || (expected !== "element" && got !== expected))
      bad.push(
        `${JSON.stringify(s)} T=${t.stalledAt.toFixed(1)} ${got} ${j.sentence} :: ${j.ranking
          .slice(0, 2)
          .map((r) => `${r.path} ${r.demand} ${r.usual}`)
          .join("; ")}`,
      );
  };
  const some = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  for (let i = 0; i < +(process.env.N ?? 300); i++) {
    const unknown = unknowns.filter(() => random() < 0.3);
    const base = {
      seed: Math.floor(random() * 1e9),
      noise: 0.1 + random() * 0.5,
      busy: 0.5 + random() * 2,
      unknown,
      load: some([0, 0, 0.5, 1]),
      contention: 1 + random(),
      lost: some([0, 0, 0.1]),
      shift: random() - 0.5,
    };
    const what = random();
    if (what < 0.5)
      run("element", {
        ...base,
        fault: {
          place: some(places),
          kind: some(kinds),
          factor: some([1.2, 1.5, 3, 3, 10]),
          lasts: random() < 0.3 ? 8 + random() * 10 : 1000,
        },
      });
    else if (what < 0.7) run("delivery", { ...base, fault: { load: 2.5 + random() * 3 } });
    else if (what < 0.8) run("host", { ...base, fault: { host: 3 + random() * 6 } });
    else if (what < 0.9)
      run("source", { ...base, fault: { source: some([0, 0.3, 0.6, 0.8]), lasts: 4 + random() * 40 } });
    else run("none", { ...base, fault: {} });
  }
  console.log(
    process.cpuUsage().user / 1e6,
    tp,
    tj,
    n,
    [...stats]
      .sort()
      .map(([k, v]) => `${k}: ${v}`)
      .join("\n"),
  );
  console.log(process.cpuUsage().user / 1e6, tp, tj, bad.length, bad.slice(0, 40).join("\n"));
  expect(n).toBeGreaterThan(0);
});
