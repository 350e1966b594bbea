// Is a comparison said in sentences that can be read alone, with signs and units?
import { expect, it } from "vitest";
import { compare } from "../../../src/compare/comparison.js";
import { judgeGate, parseGate } from "../../../src/compare/gates.js";
import * as words from "../../../src/compare/words.js";
import { sideOf, usualCpu } from "../../helpers/compared-sides.js";

const more = compare(sideOf("a"), sideOf("b", { cpuNs: { ...usualCpu, h264: 6_000_000 }, seed: 2 }));

it.each([
  [0.224, "+22 %"],
  [-0.0512, "−5.1 %"],
  [0.0001, "0.0 %"],
  [-0.0001, "0.0 %"],
  [12, "+1200 %"],
  [Number.NaN, "-"],
])("%d is %s", (share, text) => expect(words.signed(share)).toBe(text));

it("the sentence names the element, the change and both values, and counts the others", () => {
  expect(words.headline(more)).toMatch(
    /^h264 takes (9\d|10\d) % more CPU time per buffer, (2|3)\.\d\d ms before, (5|6)\.\d\d ms after; 1 more figure changed\.$/,
  );
});

it("without a change it says so, and of what is not comparable why", () => {
  expect(words.headline(compare(sideOf("a"), sideOf("a")))).toBe("Nothing changed beyond noise.");
  expect(words.headline(compare(sideOf("a"), sideOf("b", { seconds: 3 })))).toMatch(
    /^Not comparable: b is too short .*\.$/,
  );
});

it("the process as a whole has no name, so that the sentence begins with a capital", () => {
  const { changes } = more;
  const only = { ...more, changes: changes.filter(({ figure }) => figure === "cpu.total") };
  expect(words.headline(only)).toMatch(/^The process takes \d+ % more CPU time per buffer/);
});

it("what it rests on is said: units, figures, the level, and what five runs would add", () => {
  expect(words.basis(more)).toMatch(
    /^\d+ blocks of windows against \d+; of \d+ figures none at all .* in 95 % of comparisons\. Five runs/,
  );
});

it("the load is said in words for both recordings", () => {
  expect(words.loadSentence(more)).toMatch(/^The same load: .* 2\.0 % of that time before, 2\.0 % after\.$/);
  expect(words.loadSentence(compare(sideOf("a"), sideOf("b", { ready: 0.4 })))).toMatch(
    /^Another load: .*not comparable, CPU time is\.$/,
  );
});

it("a condition is said with what it found", () => {
  const said = (text: string) => words.gateSentence(judgeGate(parseGate(text), more), more);
  expect(said("cpu.perBuffer(h264) > +10%")).toMatch(
    /^fires: cpu\.perBuffer\(h264\) > \+10%: h264 \+\d+ % \(\+\d+ % … \+\d+ %\)$/,
  );
  expect(said("cpu.perBuffer(conv) > +10%")).toMatch(/^passes: .*: conv .*\)$/);
  expect(said("cpu.perBuffer(conv) > +0%")).toMatch(/^passes: .*: conv .*\), within noise$/);
  expect(said("cpu.perBuffer(x) > +10%")).toBe(
    "cannot be judged: cpu.perBuffer(x) > +10%: cpu.perBuffer is not known of x",
  );
});

it("where nothing is comparable the reason is said once", () => {
  const busy = compare(sideOf("a"), sideOf("b", { ready: 0.95 }));
  expect(words.headline(busy)).toMatch(/^Not comparable: the machine was overloaded while b was recorded/);
  expect(words.loadSentence(busy)).toBe("");
  const gate = judgeGate(parseGate("cpu.total > +5%"), busy);
  expect(gate.reason).toBe(busy.problem);
  expect(words.gateSentence(gate, busy)).toBe("cannot be judged: cpu.total > +5%: nothing is comparable");
});

it("elements of several pipelines keep the pipeline's name", () => {
  const two = {
    ...more,
    changes: [...more.changes, ...more.changes.map((c) => ({ ...c, path: c.path.replace("p/", "q/") }))],
  };
  expect(words.hasOnePipeline(more)).toBe(true);
  expect(words.headline(two)).toMatch(/^[pq]\/h264 takes/);
});
