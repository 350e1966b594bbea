// Do frames get symbols, lines and inlined functions later, and does everything else of a profile stay as it was?
import { describe, expect, it } from "vitest";
import { type Place, ProfileNames } from "../../../src/capture/profile-names.js";
import { attempt } from "../../../src/model/attempt.js";
import type { FrameLine } from "../../../src/model/symbol.js";
import { type RawFrame, rawProfile, stacksOf } from "../../helpers/raw-profile.js";
import { random } from "../../helpers/sample-capture.js";

const work = { path: "/usr/lib/libwork.so.1", buildId: "abcd" };
const orc = { path: "", buildId: "", address: 0x10, name: "[orc jit]" };
const frames: RawFrame[] = [
  { ...work, address: 0x1010, name: "libwork.so.1+fn@0x1000" },
  { ...work, address: 0x1120, name: "GstWork::chain", systemName: "type libwork.so.1+fn@0x1100" },
  { ...work, address: 0x1230, name: "[runs a task]", systemName: "role libwork.so.1+fn@0x1200" },
  { ...work, address: 0x1340, name: "work" },
  { ...work, address: 0x1450, name: "done", file: "done.c", line: 9 },
  { path: "/opt/libbare.so", buildId: "", address: 0x1, name: "libbare.so+0x1" },
  { path: "[unknown]", buildId: "", address: 0, name: "(no stack)" },
];
const [raw = 0, type = 1, role = 2, symbol = 3, whole = 4, bare = 5] = frames.keys();
const labels = { element: "x264enc0", span_id: "00ff" };

const lineOf = (name: string, line = 0): FrameLine => ({ name, file: line === 0 ? "" : "work.c", line });
const named = (answers: Record<number, FrameLine[]>) => (place: Place) => answers[place.address];

function renamed(
  answers: Record<number, FrameLine[]>,
  stacks = [{ stack: [raw, type, role, symbol, whole], ns: 5, labels }],
) {
  const names = new ProfileNames(rawProfile(frames, stacks));
  const changed = names.name(named(answers));
  return { names, changed, stacks: stacksOf(names.encode()) };
}

describe("a place", () => {
  it("says what its name is made of, and only where its module has a build-id", () => {
    const names = new ProfileNames(rawProfile(frames, []));
    const seen = [...names.places()].map(({ address, origin, hasLine }) => [address, origin, hasLine]);
    expect(seen).toEqual([
      [0x1010, "none", false],
      [0x1120, "type", false],
      [0x1230, "role", false],
      [0x1340, "symbol", false],
      [0x1450, "symbol", true],
    ]);
  });

  it("is one without a symbol as the agent writes it, whatever the module is called", () => {
    const of = (path: string, name: string) => {
      const [place] = new ProfileNames(rawProfile([{ path, buildId: "ab", address: 1, name }], [])).places();
      return place?.origin;
    };
    expect(of("/lib/libstdc++.so.6 (deleted)", "libstdc++.so.6+code@0x80")).toBe("none");
    expect(of("/lib/a.so", "a.so+0x80")).toBe("none");
    expect(of("/lib/a.so", "b.so+0x80")).toBe("symbol");
    expect(of("/lib/a.so", "operator+(int)")).toBe("symbol");
    expect(of("/lib/a.so", "[unloaded]")).toBe("none");
  });
});

describe("a symbol that is found later", () => {
  it("takes the place of an address, of a class's name and of a role, with its line and what was inlined", () => {
    const { stacks, changed } = renamed({
      4112: [lineOf("mixed", 3), lineOf("hidden", 12)],
      4384: [lineOf("gst_work_chain", 40)],
      4656: [lineOf("runs_it")],
    });
    expect(changed).toBe(3);
    const stack = ["mixed at work.c:3 < hidden at work.c:12", "gst_work_chain at work.c:40", "runs_it"];
    expect(stacks).toEqual([{ stack: [...stack, "work", "done at done.c:9"], ns: 5, labels }]);
  });

  it("leaves a name by symbol, and adds its line and what was inlined", () => {
    const { stacks, changed } = renamed({
      4928: [lineOf("inner", 2), lineOf("work_alias", 7)],
      5200: [lineOf("other", 1)],
    });
    expect([changed, stacks[0]?.stack.slice(3)]).toEqual([
      1,
      ["inner at work.c:2 < work at work.c:7", "done at done.c:9"],
    ]);
    expect(renamed({ 4928: [lineOf("work_alias")] }).changed).toBe(0);
  });

  it("names the code that ORC made, after each of its callers", () => {
    const all = [...frames, orc];
    const stacks = [
      { stack: [7, raw, whole], ns: 1 },
      { stack: [7, 7, symbol], ns: 2 },
      { stack: [7, type], ns: 4 },
    ];
    const names = new ProfileNames(rawProfile(all, stacks));
    names.name(named({ 4112: [lineOf("mixed", 3), lineOf("hidden", 12)] }));
    expect(stacksOf(names.encode()).map(({ stack }) => stack[0])).toEqual(["[orc] mixed", "[orc] work", "[orc jit]"]);
  });

  it("changes nothing the second time", () => {
    const answers = { 4112: [lineOf("hidden", 12)], 4928: [lineOf("work", 7)] };
    const once = Buffer.from(renamed(answers).names.encode());
    const twice = new ProfileNames(once);
    expect(twice.name(named(answers))).toBe(0);
    expect(Buffer.from(twice.encode()).equals(once)).toBe(true);
  });

  it("is cut and made printable like any name of a file that somebody else made", () => {
    const { stacks } = renamed({ 4112: [{ name: `a\u001b[2J${"x".repeat(3000)}`, file: "a\nb.c", line: 1 }] });
    expect(stacks[0]?.stack[0]).toMatch(/^a\ufffd\[2Jx{2000,}… at a\ufffdb\.c:1$/);
  });
});

it("the time of frames is told by what names them, without the marks that stand for no code", () => {
  const stacks = [
    { stack: [raw, type, symbol], ns: 3 },
    { stack: [role, bare], ns: 4 },
    { stack: [6], ns: 100 },
  ];
  const { symbol: bySymbol, type: byType, role: byRole, none } = new ProfileNames(rawProfile(frames, stacks)).shares();
  expect([bySymbol, byType, byRole, none].map((share) => Math.round(17 * share))).toEqual([3, 3, 4, 7]);
  expect(new ProfileNames(rawProfile(frames, [])).shares()).toEqual({ symbol: 0, type: 0, role: 0, none: 0 });
});

it("what is no profile, or far larger than one of ours, is refused before anything is made of it", () => {
  expect(() => new ProfileNames(Buffer.from("no pprof"))).toThrow();
  const many = Array.from({ length: 50_001 }, () => ({ stack: [0], ns: 1 }));
  expect(() => new ProfileNames(rawProfile(frames, many))).toThrow("larger than a profile of ours");
});

it("of a damaged profile nothing is written that does not read", () => {
  const sound = rawProfile([...frames, orc], [{ stack: [7, raw, type, role, symbol, whole], ns: 5, labels }]);
  const next = random(17);
  const outcomes = { refused: 0, named: 0 };
  for (let i = 0; i < 2000; i++) {
    const bytes = Buffer.from(sound);
    for (let k = 0; k < 3; k++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    const written = attempt(() => {
      const names = new ProfileNames(bytes);
      names.name(() => [lineOf("inner", 2), lineOf("outer", 7)]);
      return { bytes: names.encode(), shares: Object.values(names.shares()) };
    }, null);
    outcomes[written === null ? "refused" : "named"]++;
    if (written === null) continue;
    new ProfileNames(Buffer.from(written.bytes));
    expect(written.shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  }
  expect(Math.min(outcomes.refused, outcomes.named)).toBeGreaterThan(50);
});
