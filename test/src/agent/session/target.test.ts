// Is a target served until it ends, by itself or by us, and does it get its answer when it waits for one?
import { describe, expect, it } from "vitest";
import { Target } from "../../../../src/agent/session/target.js";
import type { TargetRequest } from "../../../../src/agent/session/target-request.js";
import { Entries } from "../../../helpers/entries.js";
import { FakeSegment, fakeNative, requestFor } from "../../../helpers/fake-segment.js";
import { scratch } from "../../../helpers/scratch.js";
import { until } from "../../../helpers/until.js";

/** A target that is served; `exit` ends its process. */
async function serve(segment: FakeSegment, change: Partial<TargetRequest> = {}, flags = {}) {
  const ended: number[] = [];
  let exit = () => {};
  const gone = new Promise<void>((resolve) => {
    exit = resolve;
  });
  const native = fakeNative({ waitForExit: () => gone });
  const request = requestFor(segment, flags, { native, ending: (late) => ended.push(late), ...change });
  const target = await Target.open(request);
  return { target, exit, ended };
}

const some = (n: number) => Array.from({ length: n }, () => ({ weightNs: 1e6 }));

describe("a target", () => {
  it("says what it is called, where its capture lies and what it lost, before it is started", async () => {
    const segment = new FakeSegment();
    const entries = new Entries();
    entries.fact("command", "gst-launch-1.0 -q");
    segment.entries = entries.all;
    const dir = scratch();
    const { target } = await serve(segment, { captureDir: dir });
    expect([target.command, target.captureDir, target.losses]).toEqual(["gst-launch-1.0 -q", dir, {}]);
    await target.leave();
    const other = await serve(new FakeSegment());
    expect([other.target.command, other.target.captureDir]).toEqual(["", null]);
    await other.target.leave();
  });

  it("hears at once that it is read, and what it sampled is taken without being asked for", async () => {
    const segment = new FakeSegment();
    const { target } = await serve(segment);
    segment.samples = some(5);
    target.start();
    expect(segment.did).toEqual(["heartbeat 0"]);
    expect(segment.samples).toEqual([]);
    await target.leave();
    expect(segment.settled).toBe(5);
  });
});

describe("a target that waits for a flush", () => {
  it("is answered once all that it sampled before is delivered, once for each time it asks", async () => {
    const segment = new FakeSegment();
    const { target } = await serve(segment);
    segment.samples = some(3);
    segment.said = { ...segment.said, flushAsked: 1 };
    target.start();
    await until("an answer", () => segment.did.includes("flushed 1"));
    expect(segment.settled).toBe(3);
    await target.flush();
    expect(segment.did.filter((what) => what === "flushed 1")).toHaveLength(1);
    await target.leave();
  });

  it("while it ends is answered last: it may take us along", async () => {
    const segment = new FakeSegment();
    const { target, ended } = await serve(segment);
    segment.said = { ...segment.said, flushAsked: 1, targetState: "ending" };
    segment.samples = some(3);
    target.start();
    await target.done;
    expect(segment.did.slice(-2)).toEqual(["flushed 1", "close"]);
    expect([segment.settled, ended]).toEqual([3, [0]]);
  });
});

describe("the end", () => {
  it("comes with that of the process, and what the segment still holds is taken", async () => {
    const segment = new FakeSegment();
    const { target, exit, ended } = await serve(segment, { late: 12 });
    target.start();
    segment.samples = some(4);
    exit();
    await target.done;
    expect([segment.settled, segment.did.at(-1), target.ending]).toEqual([4, "close", true]);
    expect(segment.did).not.toContain("detach"); // nobody is left to start another agent
    expect(ended).toEqual([12]);
  });

  it("is one, however often and by whomever it is asked for", async () => {
    const segment = new FakeSegment();
    const { target, exit, ended } = await serve(segment);
    target.start();
    const left = [target.leave(), target.leave()];
    exit();
    await Promise.all(left);
    expect(segment.did.filter((what) => what === "detach" || what === "close")).toEqual(["detach", "close"]);
    expect(ended).toHaveLength(1);
  });

  it("leaves the segment alone: no poll comes after it, while the loop of another target goes on", async () => {
    const segment = new FakeSegment();
    const { target } = await serve(segment);
    target.start();
    await target.leave();
    const other = new FakeSegment();
    let polls = 0;
    other.isReuseDue = () => ++polls < 0;
    const { target: living } = await serve(other);
    living.start();
    await until("five polls of the other one", () => polls >= 5);
    expect(segment.misused).toBe(0);
    await living.leave();
  });
});
