// Is every counter a loss, a sum or information, and one thing only?
import { describe, expect, it } from "vitest";
import { agentCounters, kindOf } from "../../../src/model/counter-kinds.js";
import { targetCounters } from "../../../src/model/counters.js";

describe("a counter", () => {
  it("of the target or the agent has the kind of its row", () => {
    for (const { name, kind } of [...targetCounters, ...agentCounters])
      expect([name, kindOf(name)]).toEqual([name, kind]);
    expect([
      kindOf("ring_full"),
      kindOf("samples_written"),
      kindOf("label_agreed"),
      kindOf("worker_attributed"),
    ]).toEqual([...["loss", "sum", "information", "information"]]);
  });

  it("has a name of its own: what both counted under one would be one number", () => {
    const names = [...targetCounters, ...agentCounters].map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("that no table knows is a loss, a failed upload's and those of every object too", () => {
    for (const name of ["of_a_newer_tracer", "upload_http_500", "", "__proto__", "constructor", "toString"])
      expect([name, kindOf(name)]).toEqual([name, "loss"]);
  });

  it("of the agent says what it counts, and no uploads, which are counted by their error", () => {
    for (const { name, help } of agentCounters) {
      expect(help.length, name).toBeGreaterThan(20);
      expect(name).not.toMatch(/^upload_/);
    }
  });
});
