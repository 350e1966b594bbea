// Is a target served only with all that it needs, and is its segment given back where something is missing?
import { closeSync, existsSync, fstatSync, openSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { attachSegment, openParts } from "../../../../src/agent/session/opening.js";
import { Session } from "../../../../src/agent/session/session.js";
import type { TargetParts } from "../../../../src/agent/session/target-request.js";
import { Entries } from "../../../helpers/entries.js";
import { FakeSegment, fakeNative, requestFor } from "../../../helpers/fake-segment.js";
import { sampleCapture, writeSample } from "../../../helpers/sample-capture.js";
import { scratch } from "../../../helpers/scratch.js";

/** A target that says this of itself. */
function saying(facts: Record<string, string>, change = {}) {
  const entries = new Entries();
  for (const [name, value] of Object.entries(facts)) entries.fact(name, value);
  const segment = new FakeSegment(change);
  segment.entries = entries.all;
  return segment;
}

const own = process.geteuid?.() ?? 0;
const nowhere = { environment: { HOME: "/nowhere" } };

/** It frees its folder at the end of the test. */
async function finish({ capture }: TargetParts): Promise<void> {
  capture?.close();
}

describe("a segment that is attached", () => {
  function attach(maker?: number) {
    const file = scratch("segment");
    writeFileSync(file, "");
    const fd = openSync(file, "r");
    const reader = new FakeSegment({ startTicks: 77 });
    const segment = attachSegment(fakeNative({ attach: () => reader }), { fd }, maker);
    const { ino, uid } = fstatSync(fd);
    closeSync(fd);
    return { reader, segment, ino, uid };
  }

  it("is known by its file, its owner and its maker, who hears at once that it is read", () => {
    const { reader, segment, ino, uid } = attach(process.pid);
    expect(segment).toEqual({ reader, inode: ino, owner: uid, shiftNs: 0n, startTicks: 77 });
    expect(reader.did).toEqual(["heartbeat 0"]);
  });

  it("of a process that is not to be seen is read all the same", () => {
    expect(attach(2 ** 30).segment).toMatchObject({ shiftNs: 0n, startTicks: 77 });
  });

  it("that cannot be read is the caller's to report", () => {
    const busy = Object.assign(new Error("busy"), { code: "ERR_SEGMENT_BUSY" });
    const attachIt = () => {
      throw busy;
    };
    expect(() => attachSegment(fakeNative({ attach: attachIt }), { fd: 0 })).toThrow(busy);
  });
});

describe("the first look", () => {
  it("waits until the target has said who it is, and keeps the samples from before", async () => {
    const segment = saying({ "parameter.sample-rate": "20" });
    let looks = 0;
    segment.state = () => {
      segment.samples.push({ weightNs: 1e6 });
      return { ...segment.said, enabled: ++looks === 4, changes: 0 };
    };
    const { first, config } = await openParts(requestFor(segment));
    expect([looks, first.samples, first.batches.length]).toEqual([4, 4, 4]);
    expect([first.state.enabled, config.sampleRate]).toEqual([true, 20]);
  });

  it("does not wait for a target that is ending, and not for ever for one that says nothing", async () => {
    for (const [targetState, looks] of [
      ["ending", 1],
      ["ended", 1],
      ["running", 50],
    ] as const) {
      let seen = 0;
      const segment = new FakeSegment({ enabled: false, changes: 0, targetState });
      segment.state = () => {
        seen++;
        return segment.said;
      };
      await openParts(requestFor(segment));
      expect(seen).toBe(looks);
    }
  });

  it("does not wait for a target in standby, which has said its settings and records nothing", async () => {
    const segment = new FakeSegment({ enabled: false });
    let looks = 0;
    segment.state = () => {
      looks++;
      return segment.said;
    };
    await openParts(requestFor(segment));
    expect(looks).toBe(1);
  });

  it("shows no secret in the name of an element", async () => {
    const segment = new FakeSegment();
    const entries = new Entries();
    entries.element(entries.pipeline("p"), "rtsp://me:hunter2@camera/", "rtspsrc");
    segment.entries = entries.all;
    const { topology } = await openParts(requestFor(segment));
    expect(JSON.stringify(topology.describe())).not.toContain("hunter2");
  });
});

describe("the configuration of a target", () => {
  it("that another user runs leaves out where anything goes, and says so", async () => {
    const segment = saying({ "parameter.server-url": "http://theirs:1", "parameter.sample-rate": "20" });
    const lines: string[] = [];
    const request = requestFor(segment, {}, { lines, layers: nowhere });
    const foreign = { ...request, segment: { ...request.segment, owner: own + 1 } };
    const { config } = await openParts(foreign);
    expect(config.sampleRate).toBe(20);
    expect(config.serverUrl).not.toContain("theirs");
    expect(lines).toEqual([`warn: process ${process.pid} is another user's; ignored of what it asks for: server-url`]);
  });

  it("that we were pointed at brings its servers, and none of our credentials goes there", async () => {
    const facts = { "parameter.server-url": "http://theirs:1" };
    const environment = { HOME: "/nowhere", GST_PYROSCOPE_AUTH_TOKEN: "t0ken" };
    const lines: string[] = [];
    const change = { lines, layers: { environment } };
    const ours = await openParts(requestFor(saying(facts), {}, change));
    expect(ours.config).toMatchObject({ serverUrl: "http://theirs:1", authToken: "t0ken" });
    expect(lines).toEqual([]);
    const pointedAt = await openParts(requestFor(saying(facts), {}, { ...change, pointedAt: true }));
    expect(pointedAt.config).toMatchObject({ serverUrl: "http://theirs:1", authToken: "" });
    expect(lines.join()).toMatch(/chose server-url itself: no credentials of ours are sent there$/);
  });

  it("says each value that makes no sense once, without ending", async () => {
    const lines: string[] = [];
    const { config } = await openParts(requestFor(saying({ "parameter.sample-rate": "fast" }), {}, { lines }));
    expect(config.sampleRate).toBeGreaterThan(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("sample-rate (tracer parameter)");
  });

  it("has no tag that would make a series of each value", async () => {
    const lines: string[] = [];
    const { config } = await openParts(requestFor(new FakeSegment(), { tags: "env=dev,url=x" }, { lines }));
    expect(config.tags).toEqual({ env: "dev" });
    expect(lines).toEqual(["warn: tags: url left out: such a label would make a series of each value"]);
  });

  it("is said in the tracer's log where nobody reads what we print", async () => {
    const segment = saying({ "parameter.sample-rate": "fast" });
    await openParts(requestFor(segment, {}, { tells: true }));
    expect(segment.did).toHaveLength(1);
    expect(segment.did[0]).toMatch(/^tell 0 .*sample-rate/);
  });

  it("names the process as we see it, which in its own pid namespace has another number", async () => {
    expect((await openParts(requestFor(new FakeSegment({ pid: 4 }), {}, { pid: 4711 }))).pid).toBe(4711);
    expect((await openParts(requestFor(new FakeSegment({ pid: 4 })))).pid).toBe(4);
  });
});

describe("the capture of a target", () => {
  it("goes where the caller says, else where its configuration does, else nowhere", async () => {
    const [asked, configured] = [scratch(), scratch()];
    for (const [dir, change] of [
      [asked, { captureDir: asked }],
      [configured, {}],
    ] as const) {
      const parts = await openParts(requestFor(new FakeSegment(), { capture: configured }, change));
      expect(parts.capture?.dir).toBe(dir);
      await finish(parts);
    }
    expect((await openParts(requestFor(new FakeSegment()))).capture).toBeNull();
  });

  it("replaces an older one that the configuration names; one that the caller names only if that may go", async () => {
    const dir = await writeSample(scratch(), sampleCapture("p", []));
    const segment = new FakeSegment();
    await expect(Session.open(requestFor(segment, {}, { captureDir: dir }))).rejects.toMatchObject({
      code: "ERR_CAPTURE_EXISTS",
    });
    expect(segment.did).toEqual(["detach", "close"]);
    await finish(await openParts(requestFor(new FakeSegment(), {}, { captureDir: dir, replace: true })));
    const again = await writeSample(scratch(), sampleCapture("p", []));
    await finish(await openParts(requestFor(new FakeSegment(), { capture: again })));
  });

  it("that cannot be written does not hold back what goes to servers, or to a scraper", async () => {
    const file = scratch("file");
    writeFileSync(file, "");
    for (const flags of [{ "server-url": "http://127.0.0.1:1" }, { port: "9" }]) {
      const lines: string[] = [];
      const segment = new FakeSegment();
      const { capture } = await openParts(requestFor(segment, { capture: file, ...flags }, { lines }));
      expect(capture).toBeNull();
      expect(lines[0]).toMatch(/^error: no capture is written: /);
      expect(segment.did).toEqual([]);
    }
    const segment = new FakeSegment();
    await expect(Session.open(requestFor(segment, { capture: file }))).rejects.toMatchObject({
      code: "ERR_CAPTURE_NOT_A_DIRECTORY",
    });
    expect(segment.did).toEqual(["detach", "close"]);
    expect(existsSync(file)).toBe(true);
  });
});
