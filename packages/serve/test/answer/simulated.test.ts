// Is the answer right in hundreds of simulated trials?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { judge } from "../../src/answer/judge.js";
import { kinds, places, play, type Scenario, seeded } from "./scenario.js";

test("x", () => {
  const random = seeded(1);
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
  for (const noise of [0.1, 0.4])
    for (const busy of [1, 2])
      for (const place of places)
        for (const kind of kinds)
          for (const factor of [1.2, 1.5, 3])
            run("element", { seed: Math.floor(random() * 1e9), fault: { place, kind, factor }, noise, busy });
  for (const noise of [0.1, 0.4])
    for (const busy of [1, 2])
      for (let i = 0; i < 10; i++) {
        run("delivery", { seed: Math.floor(random() * 1e9), fault: { load: 2.5 + random() * 3 }, noise, busy });
        run("host", { seed: Math.floor(random() * 1e9), fault: { host: 6 + random() * 6 }, noise, busy });
        run("source", {
          seed: Math.floor(random() * 1e9),
          fault: { source: random() < 0.5 ? 0 : 0.3 + random() * 0.5 },
          noise,
          busy,
        });
        run("none", { seed: Math.floor(random() * 1e9), fault: {}, noise, busy });
      }
  console.log(
    n,
    [...stats]
      .sort()
      .map(([k, v]) => `${k}: ${v}`)
      .join("\n"),
  );
  console.log(bad.length, bad.slice(0, 40).join("\n"));
  expect(n).toBeGreaterThan(0);
});
