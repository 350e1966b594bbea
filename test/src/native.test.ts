// Does the addon keep the contract of src/native.ts, with real processes on the other side?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTicks } from "../../src/attach/processes.js";
import { targetCounters } from "../../src/model/counters.js";
import { GRID_BUCKETS, gridBoundsSeconds } from "../../src/model/histogram.js";
import { Topology } from "../../src/model/topology.js";
import { loadNative, type SegmentReader } from "../../src/native.js";
import { rowsOf } from "../helpers/batches.js";
import { SegmentTarget } from "../helpers/segment-target.js";
import { until } from "../helpers/until.js";

/** kEndRoot and kEndNoStack of native/wire/records.h. */
const [END_ROOT, LAST_STACK_END] = [0, 8];

const native = loadNative();
let target: SegmentTarget;

beforeEach(async () => {
  target = await SegmentTarget.start();
});
afterEach(() => target.end("SIGKILL"));

const attach = (): SegmentReader => native.attach({ pid: target.pid, fd: target.fd });
const openFds = (): number => readdirSync("/proc/self/fd").length;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
  }
  return "none";
}

describe("attaching", () => {
  it("reads the segment of another process by its pid and descriptor", () => {
    const reader = attach();
    const state = reader.state();
    expect(state.pid).toBe(target.pid);
    expect(state.startTicks).toBe(startTicks(target.pid));
    expect(state.targetState).toBe("running");
    const age = Number(process.hrtime.bigint()) - state.createdMonoNs;
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(60e9);
    expect(Math.abs(Number(state.createdUnixNs / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    reader.close();
  });

  it("takes an inherited descriptor over and leaves none behind", () => {
    const before = openFds();
    const fd = openSync(`/proc/${target.pid}/fd/${target.fd}`, "r+");
    const reader = native.attach({ fd });
    expect(reader.state().pid).toBe(target.pid);
    expect(() => closeSync(fd)).toThrow(/EBADF/);
    reader.close();
    expect(openFds()).toBe(before);
  });

  it("refuses a segment of another version, names both, and tells the target", async () => {
    await target.send("version 42");
    let message = "";
    try {
      attach();
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain("version 42");
    expect(message).toContain(`version ${native.constants.wireVersion}`);
    expect(codeOf(attach)).toBe("ERR_SEGMENT_VERSION");
    expect((await target.show()).refusal).toBe(1);
    expect((await target.show()).agentVersion).toBe(native.constants.wireVersion);
  });

  it("reads a segment of the version before, with the counters that it has", async () => {
    await target.send(`version ${native.constants.wireVersion - 1}`);
    expect(native.constants.oldestWireVersion).toBeLessThan(native.constants.wireVersion);
    const reader = attach();
    expect((await target.show()).refusal).toBe(0);
    expect(Object.keys(reader.state().counters).length).toBeGreaterThanOrEqual(54);
    expect(reader.state().targetState).toBe("running");
    reader.close();
  });

  it("refuses what is unsealed, damaged, not there or read by somebody else", async () => {
    const unsealed = Number(await target.send("unsealed"));
    const before = openFds();
    expect(codeOf(() => native.attach({ pid: target.pid, fd: unsealed }))).toBe("ERR_SEGMENT_UNSEALED");
    expect(codeOf(() => native.attach({ fd: 1 }))).toBe("ERR_SEGMENT_UNSEALED");
    expect(codeOf(() => native.attach({ pid: target.pid, fd: 999 }))).toBe("ERR_SEGMENT_OPEN");
    expect(codeOf(() => native.attach({ fd: 999 }))).toBe("ERR_SEGMENT_OPEN");
    await target.send("poke 16 1"); // total_bytes
    expect(codeOf(attach)).toBe("ERR_SEGMENT_SIZE");
    expect(openFds()).toBe(before);
  });

  it("says TypeError for arguments that make no sense", () => {
    for (const source of [
      undefined,
      null,
      3,
      {},
      { fd: "3" },
      { fd: -1 },
      { fd: 1.5 },
      { pid: 0, fd: 3 },
      { fd: Number.NaN },
    ])
      expect(codeOf(() => native.attach(source as never))).toBe("TypeError");
    const reader = attach();
    for (const records of [0, -1, 1.5, Number.NaN, "7", undefined])
      expect(codeOf(() => reader.drain(records as never))).toBe("TypeError");
    for (const change of [
      undefined,
      { timing: "hook" },
      { sampleRate: -1 },
      { sampleRate: "9" },
      { enabled: 1 },
      { spanSlow: -1 },
    ])
      expect(codeOf(() => reader.control(change as never))).toBe("TypeError");
    expect(codeOf(() => reader.settle(-1))).toBe("TypeError");
    reader.close();
  });

  it("says that a closed reader is closed, however often it is closed", () => {
    const reader = attach();
    reader.close();
    reader.close();
    const uses = [() => reader.drain(1), () => reader.state(), () => reader.cells(), () => reader.directory()];
    for (const use of [...uses, () => reader.heartbeat(), () => reader.settle(1), () => reader.detach()])
      expect(codeOf(use)).toBe("ERR_SEGMENT_CLOSED");
  });

  it("refuses a second reader in one process, and the first one keeps its lock", async () => {
    const reader = attach();
    expect(codeOf(attach)).toBe("ERR_SEGMENT_BUSY");
    const inherited = openSync(`/proc/${target.pid}/fd/${target.fd}`, "r+");
    expect(codeOf(() => native.attach({ fd: inherited }))).toBe("ERR_SEGMENT_BUSY");
    expect(reader.state().pid).toBe(target.pid);
    reader.close();
    closeSync(inherited); // refused, so it is still ours
    attach().close();
    attach().close();
  });

  it("is refused while another process reads the segment, and gets it when that one is killed", async () => {
    const addon = JSON.stringify(new URL("../../build/Release/pyroscope.node", import.meta.url).pathname);
    const source = JSON.stringify({ pid: target.pid, fd: target.fd });
    await target.send("samples 30 0 0 1 0");
    const code = `const r = require(${addon}).attach(${source}); r.drain(20); r.settle(5); console.log("x"); setInterval(() => 0, 1000)`;
    const other = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => other.stdout.once("data", resolve));
    expect(codeOf(attach)).toBe("ERR_SEGMENT_BUSY");
    expect((await target.show()).lost).toBe(0);
    const gone = new Promise((resolve) => other.once("exit", resolve));
    other.kill("SIGKILL");
    await gone;
    const reader = attach();
    expect(reader.state().samplesAgentLost).toBe(15);
    expect(reader.drain(100).count).toBe(10);
    reader.close();
  });
});

describe("reading", () => {
  it("drains samples, each once", async () => {
    const thread = await target.name("thread", 0, ["queue0:src"]);
    await target.send(`samples 5 77 ${thread} 10000000 3 4096 8192 1099511627776`);
    const reader = attach();
    const first = reader.drain(2);
    expect(first.count).toBe(2);
    expect(first.drained).toBe(false);
    const rest = reader.drain(100);
    expect(rest.count).toBe(3);
    expect(rest.drained).toBe(true);
    const rows = rowsOf(rest);
    expect(rows.map(({ timeNs }) => timeNs)).toEqual([2, 3, 4]);
    const frames = [4096, 8192, 2 ** 40].map((offset) => [3, offset]);
    for (const row of rows) expect(row).toMatchObject({ thread, element: 77, weightNs: 1e7, end: END_ROOT, frames });
    expect(reader.drain(100)).toMatchObject({ count: 0, drained: true });
    reader.close();
  });

  it("tells each directory entry once and replaces what is not UTF-8", async () => {
    const reader = attach();
    expect(reader.directory().map((entry) => entry.kind)).toEqual(["overflow"]);
    const pipeline = await target.name("pipeline", 0, ["pipeline0", "pipeline"], 1);
    const element = await target.name("element", pipeline, ["ü%ff", "identity", "coreelements", "Generic"], 2);
    expect(reader.directory()).toEqual([
      { id: pipeline, kind: "pipeline", parent: 0, texts: ["pipeline0", "pipeline"], value0: 1, value1: 0 },
      {
        id: element,
        kind: "element",
        parent: pipeline,
        texts: ["ü\ufffd", "identity", "coreelements", "Generic"],
        value0: 2,
        value1: 0,
      },
    ]);
    expect(reader.directory()).toEqual([]);
    reader.close();
  });

  it("hands the names of functions on line by line, so that a topology knows them", async () => {
    const reader = attach();
    const lines = ["2 87c0 t GstX264Enc::handle_frame", "2 1f00 r [runs a task]"];
    await target.name("functions", 0, [lines.map((line) => `${line}%0a`).join("")], lines.length);
    const topology = new Topology();
    topology.add(reader.directory());
    expect(topology.functions.of(2, 0x87c0)).toEqual({ name: "GstX264Enc::handle_frame", origin: "type" });
    expect(topology.functions.of(2, 0x1f00)).toEqual({ name: "[runs a task]", origin: "role" });
    reader.close();
  });

  it("copies cells with exact counts in the right bucket", async () => {
    await target.send("cell 1 1 7 8 1000 160000 1000000");
    const reader = attach();
    const cells = reader.cells();
    expect(cells.map((cell) => cell.kind)).toEqual(["overflow", "chain"]);
    const cell = cells[1];
    expect(cell).toMatchObject({ pad: 7, peer: 8, buffers: 1000, bytes: 160000, invocations: 1000, nested: 0 });
    expect(cell?.flow.ok).toBe(1000);
    expect(cell?.startUnixNs).toBe(reader.state().createdUnixNs);
    expect(cell?.inclusive).toMatchObject({ sumNs: 1e9, minNs: 1e6, maxNs: 1e6 });
    const bucket = gridBoundsSeconds.findIndex((bound) => 1e-3 <= bound);
    expect(cell?.inclusive.counts[bucket]).toBe(1000);
    expect(cell?.inclusive.counts.length).toBe(GRID_BUCKETS);
    expect(cell?.exclusive.sumNs).toBe(5e8);
    expect(cells[0]?.inclusive).toMatchObject({ sumNs: 0, minNs: null, maxNs: null });
    reader.close();
  });

  it("gives the same object of a cell in which nothing was counted, and another one of each that moved", async () => {
    for (const pad of [1, 2, 3]) await target.send(`cell ${pad} 1 ${pad} 8 10 1600 1000`);
    const reader = attach();
    const look = () => reader.look(true).cells ?? [];
    const same = (a: readonly object[], b: readonly object[]) => b.map((cell, i) => cell === a[i]);
    const first = look();
    expect(first.map(({ kind }) => kind)).toEqual(["overflow", "chain", "chain", "chain"]);
    expect(same(first, look())).toEqual([true, true, true, true]);
    await target.send("cell 2 1 2 8 1 7 1000");
    reader.look(false); // what moved before it moved for the next whole look, too
    const moved = look();
    expect(same(first, moved)).toEqual([true, true, false, true]);
    expect([first[2]?.bytes, moved[2]?.bytes]).toEqual([1600, 1607]);
    expect(same(moved, look())).toEqual([true, true, true, true]);
    await target.send("cell 3 1 9 8 0 0 0"); // another pad
    expect(same(moved, look())).toEqual([true, true, true, false]);
    for (let i = 0; i < 500; i++) look();
    expect(same(moved, look()).slice(0, 3)).toEqual([true, true, true]);
    expect(reader.cells()).toEqual(look());
    reader.close();
  });

  it("writes what the target waits for: heartbeat, flush, settled samples, control words, farewell", async () => {
    await target.send("rate 100");
    const reader = attach();
    const before = await target.show();
    expect(before).toMatchObject({ agentPid: process.pid, agentVersion: native.constants.wireVersion, detached: 0 });
    await target.send("ask");
    expect(reader.state().flushAsked).toBe(1);
    reader.flushed(1);
    reader.settle(3);
    reader.heartbeat();
    expect(reader.control({ enabled: true, sampleRate: 250, timing: "wrap" })).toBe(1);
    expect(reader.control({})).toBe(1);
    expect(reader.state()).toMatchObject({ enabled: true, sampleRate: 250, timing: "wrap", samplesSettled: 3 });
    reader.detach();
    const after = await target.show();
    expect(after).toMatchObject({ flushDone: 1, settled: 3, enabled: 1, sampleRate: 250, timing: 1, detached: 1 });
    expect(after.agentSeenNs).toBeGreaterThan(before.agentSeenNs);
    // The target's clock is behind ours, as in a time namespace; never before its zero, on a machine that has just started.
    const behind = Number(process.hrtime.bigint() / 2n);
    reader.heartbeat(-behind);
    const now = Number(process.hrtime.bigint());
    expect(Math.abs(now - behind - (await target.show()).agentSeenNs)).toBeLessThan(behind / 2);
    reader.close();
  });

  it("changes each setting that may change, and leaves the others", () => {
    const reader = attach();
    expect(reader.control({ wallRate: 50, spanRatio: 0.25, spanSlow: 2.5 })).toBe(1);
    const some = {
      wallRate: 50,
      spanThreshold: 3n << 54n,
      spanSlowNs: 2_500_000,
      spanP99: false,
      changes: 1,
      obeyed: 0,
    };
    expect(reader.state()).toMatchObject(some);
    reader.control({ spanSlow: "p99" });
    expect(reader.state()).toMatchObject({ ...some, spanSlowNs: 0, spanP99: true, changes: 2 });
    reader.control({ spanSlow: "off", spanRatio: 0, enabled: false });
    expect(reader.state()).toMatchObject({ wallRate: 50, spanThreshold: 1n << 56n, spanP99: false, enabled: false });
    expect(() => reader.control({ wallRate: 7, spanRatio: 2 })).toThrow("spanRatio must be a number from 0 to 1");
    expect(reader.state()).toMatchObject({ wallRate: 50, changes: 3, cannot: [] });
    reader.close();
  });

  it("says what is urgent: an unanswered request, an end, a ring that fills; a few samples are not", async () => {
    const reader = attach();
    await target.send("samples 10 0 0 5 0 1 2 3");
    expect(reader.urgent()).toBe(false);
    await target.send("ask");
    expect(reader.urgent()).toBe(true);
    reader.flushed(1);
    expect(reader.urgent()).toBe(false);
    await target.send("samples 20000 0 0 5 0 1 2 3");
    expect(reader.urgent()).toBe(true);
    while (!reader.drain(10_000).drained);
    expect(reader.urgent()).toBe(false);
    await target.send("state 2");
    expect(reader.urgent()).toBe(true);
    reader.close();
  });

  it("still reads everything after the target was killed", async () => {
    await target.send("samples 10 0 0 5 0 1");
    const reader = attach();
    await target.end("SIGKILL");
    expect(reader.drain(100).count).toBe(10);
    expect(reader.state().counters.samples_written).toBe(10);
    reader.close();
  });

  it("survives a target that writes nonsense everywhere, and counts it", async () => {
    for (let i = 0; i < 40; i++) await target.name("element", 0, [`e${i}`, "identity", "", ""]);
    await target.send("samples 500 1 1 5 2 3 4 5");
    const reader = attach();
    let malformed = 0;
    for (let seed = 1; seed <= 150; seed++) {
      await target.send(`scribble ${seed} 3000`);
      for (let call = 0; call < 3; call++) {
        const batch = reader.drain(500);
        expect(batch.count).toBeLessThanOrEqual(500);
        const rows = rowsOf(batch);
        expect(rows.length).toBe(batch.count);
        for (const { end } of rows) expect(end).toBeLessThanOrEqual(LAST_STACK_END);
      }
      for (const entry of reader.directory()) expect(entry.texts.length).toBeGreaterThan(0);
      expect(reader.cells().length).toBeLessThanOrEqual(512);
      malformed = Math.max(malformed, reader.state().counters.malformed ?? 0);
    }
    expect(malformed).toBeGreaterThan(0);
    reader.close();
  });
});

describe("constants", () => {
  it("are those of the wire's tables", () => {
    const { constants } = native;
    expect(constants.gridBoundsNs.length).toBe(gridBoundsSeconds.length);
    for (const [i, ns] of constants.gridBoundsNs.entries())
      expect(ns / 1e9 / (gridBoundsSeconds[i] ?? 0)).toBeCloseTo(1, 12);
    const reader = attach();
    expect(Object.keys(reader.state().counters)).toEqual(targetCounters.map(({ name }) => name));
    reader.close();
    for (const { name, help } of targetCounters) {
      expect(name).toMatch(/^[a-z_]+$/);
      expect(help).not.toBe("");
    }
  });
});

describe("waiting for the end of a process", () => {
  it("resolves when it ends, and not before", async () => {
    let gone = false;
    const wait = native.waitForExit(target.pid, startTicks(target.pid) ?? 0).then(() => {
      gone = true;
    });
    await target.send("show");
    expect(gone).toBe(false);
    await target.end("SIGKILL");
    await wait;
    expect(gone).toBe(true);
  });

  it("resolves for a zombie", async () => {
    // A shell that became `sleep` never reaps the child that it started before; while it is a shell, it may.
    const parent = spawn("sh", ["-c", "sh -c 'read line' <&3 & echo $!; exec sleep 60 3<&-"], {
      stdio: ["ignore", "pipe", "inherit", "pipe"],
    });
    const child = Number(String(await new Promise((resolve) => parent.stdout?.once("data", resolve))));
    await until("the shell is sleep", () => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n");
    const wait = native.waitForExit(child, startTicks(child) ?? 0);
    (parent.stdio[3] as import("node:stream").Writable).end();
    await wait;
    expect(startTicks(child)).not.toBeNull();
    parent.kill("SIGKILL");
  });

  it("resolves at once for a process that is gone or whose pid has a new owner", async () => {
    await native.waitForExit(target.pid, (startTicks(target.pid) ?? 0) + 1);
    const ticks = startTicks(target.pid) ?? 0;
    await target.end("SIGKILL");
    await native.waitForExit(target.pid, ticks);
  });

  it("does not occupy the pool that files need, however many wait", async () => {
    const waits = Array.from({ length: 50 }, () => native.waitForExit(target.pid, 0));
    const query = { path: process.execPath, buildId: "00", root: "", offsets: new Float64Array([1]) };
    expect((await native.symbolize(query)).problem).toBe("build-id differs");
    await target.end("SIGKILL");
    await Promise.all(waits);
  });

  it("does not keep the agent alive", async () => {
    const addon = JSON.stringify(new URL("../../build/Release/pyroscope.node", import.meta.url).pathname);
    const code = `require(${addon}).waitForExit(${target.pid}, 0).then(() => process.exit(9))`;
    const child = spawn(process.execPath, ["-e", code], { stdio: "ignore" });
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  });
});

describe("symbolize", () => {
  it("rejects nothing but nonsense", async () => {
    for (const query of [undefined, {}, { path: "x", buildId: "", root: "", offsets: [1] }])
      expect(codeOf(() => native.symbolize(query as never))).toBe("TypeError");
    const odd = new Float64Array([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 70]);
    const answer = await native.symbolize({ path: "/nowhere", buildId: "", root: "", offsets: odd });
    expect(answer.problem).toMatch(/^cannot open/);
    expect([...answer.starts]).toEqual([-1, -1, -1, -1]);
    expect([...answer.inFunction]).toEqual([0, 0, 0, 0]);
  });
});
