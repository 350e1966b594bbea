// Does an element's row say the same that a report would say of it, over all windows together, whatever its hops do meanwhile?
import { expect, test } from "vitest";
import { ElementTable } from "../../../src/analysis/elements.js";
import type { CellSnapshot } from "../../../src/model/batch.js";
import type { ElementSummary } from "../../../src/model/element-summary.js";
import { Growth } from "../../../src/windows/growth.js";
import { did, Ledger } from "../../../src/windows/ledger.js";
import { flow } from "../../helpers/cells.js";
import { ownerOf, samplesOf } from "../../helpers/live.js";
import { Piped } from "../../helpers/piped.js";

const paths = ["p/src", "p/q", "p/enc", "p/mux", "p/out"];

/** As a report says it of all that was counted and sampled. */
function reported(piped: Piped, cells: readonly CellSnapshot[], samples = samplesOf([])): Map<string, ElementSummary> {
  const all = samples.stacks.map(({ owner, stack, ns }) => ({ ...owner, stack, ns }));
  const profile = (some: typeof all) => ({ stacks: { frames: [], samples: some }, totalNs: 0, rows: [] });
  const table = new ElementTable({
    ...{ complete: false, topology: piped.topology.describe(), cells: [...cells] },
    ...{ cpu: profile(all.filter(({ blockedOn }) => blockedOn === "")), wall: profile(all) },
  });
  return new Map(table.summaries().map((e) => [e.path, e]));
}

function rowOf(ledger: Ledger, path: string) {
  const row = ledger.row(path);
  const of = (name: keyof typeof did) => ledger.of(row, did[name]);
  return {
    ...{ in: of("buffersIn"), out: of("buffersOut"), bytes: of("bytesIn"), own: of("ownNs"), driver: of("driverNs") },
    ...{ wait: of("queueWaitNs"), drops: of("drops"), failed: ledger.failed(row) },
  };
}

function summaryRow(e: ElementSummary | undefined) {
  const failed = Object.entries(e?.flow ?? {}).reduce((sum, [name, n]) => (name === "ok" ? sum : sum + n), 0);
  return {
    ...{ in: e?.buffersIn ?? 0, out: e?.buffersOut ?? 0, bytes: e?.bytesIn ?? 0, own: e?.exclusive?.sumNs ?? 0 },
    ...{ driver: e?.driver?.sumNs ?? 0, wait: e?.queueWait?.sumNs ?? 0, drops: e?.drops ?? 0, failed },
  };
}

test("the windows of a pipeline whose hops come and go add up to its report", () => {
  const piped = new Piped();
  const [growth, ledger] = [new Growth([]), new Ledger(piped.topology)];
  const sums = new Map<string, Record<string, number>>();
  const extra = (n: number) => piped.hop("q", "out", Array(n).fill(7), { flow: flow({ eos: n }), startUnixNs: 5n });
  const pulled = (n: number) => piped.hop("enc", "mux", Array(n).fill(9), { kind: "pull" });
  const dropped = (n: number) => piped.queue("q", [], { dropped: n, startUnixNs: 1n });
  const looks: CellSnapshot[][] = [piped.after(3), [...piped.after(9), extra(2)]];
  looks.push([extra(5), ...piped.after(20), dropped(4)]);
  looks.push([extra(5), ...piped.after(31), dropped(6), pulled(3)]);
  piped.add("late", "identity");
  for (const [i, cells] of looks.entries()) {
    if (i === 2) piped.told(); // rows are others from here on
    growth.look(cells);
    ledger.book(growth, samplesOf([]));
    for (const path of paths) {
      const [row, sum] = [rowOf(ledger, path), sums.get(path) ?? {}];
      sums.set(path, Object.fromEntries(Object.entries(row).map(([name, n]) => [name, n + (sum[name] ?? 0)])));
    }
  }
  const report = reported(piped, looks.at(-1) ?? []);
  for (const path of paths) expect(sums.get(path), path).toEqual(summaryRow(report.get(path)));
  expect(sums.get("p/q")).toMatchObject({ drops: 6 });
  expect(sums.get("p/out")).toMatchObject({ failed: 5 });
});

test("time of samples is that of a report; of threads of an element's own it is CPU time alone", () => {
  const piped = new Piped();
  const samples = samplesOf([
    { owner: ownerOf("p/enc"), stack: "a", ns: 10 },
    { owner: ownerOf("(driver:p/enc)", { blockedOn: "poll" }), stack: "a", ns: 20 },
    { owner: ownerOf("p/enc", { blockedOn: "poll" }), stack: "b", ns: 30 },
    { owner: ownerOf("p/enc", { blockedOn: "cpu" }), stack: "b", ns: 40 },
    { owner: ownerOf("(worker:p/enc)"), stack: "b", ns: 50 },
    { owner: ownerOf("(worker:p/enc)", { blockedOn: "futex" }), stack: "b", ns: 60 },
    { owner: ownerOf("(factory:x264enc)"), stack: "b", ns: 70 },
    { owner: ownerOf("p/unknown"), stack: "b", ns: 80 },
    { owner: ownerOf(""), stack: "b", ns: 90 },
  ]);
  const growth = new Growth([]);
  const ledger = new Ledger(piped.topology);
  growth.look(piped.after(1));
  ledger.book(growth, samples);
  const row = ledger.row("p/enc");
  const e = reported(piped, piped.after(1), samples).get("p/enc");
  expect([ledger.of(row, did.cpuNs), ledger.of(row, did.readyNs), ledger.of(row, did.blockedNs)]).toEqual([
    ...[e?.cpuNs, e?.readyNs, e?.blockedNs],
  ]);
  expect({ ...ledger.blockedOn(row) }).toEqual({ poll: 50 });
  expect([ledger.of(row, did.cpuNs), ledger.of(row, did.runningNs)]).toEqual([60, 10]);
  expect([ledger.of(row, did.worked), ledger.of(ledger.row("p/mux"), did.worked)]).toEqual([2, 0]);
  growth.look(piped.after(1));
  ledger.book(growth, samplesOf([]));
  expect([ledger.of(row, did.cpuNs), ledger.blockedOn(row), ledger.row("p/unknown")]).toEqual([0, {}, -1]);
});

test("of a queue with several pads the level is that of all, the most that of the fullest", () => {
  const piped = new Piped();
  const ledger = new Ledger(piped.topology);
  const growth = new Growth([]);
  const one = piped.queue("q", [5], { level: 3, highestLevel: 7 });
  growth.look([one, { ...one, peer: piped.padOf("out"), level: 2, highestLevel: 4 }]);
  ledger.book(growth, samplesOf([]));
  const row = ledger.row("p/q");
  expect([ledger.of(row, did.level), ledger.of(row, did.highest)]).toEqual([5, 7]);
});
