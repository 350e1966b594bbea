// Is a target looked at only while somebody looks, do its windows have what came, and does it stay to be seen after its end?
import { afterEach, describe, expect, it, vi } from "vitest";
import { Session } from "../../../../src/agent/session/session.js";
import { cellOf } from "../../../helpers/cells.js";
import { Entries } from "../../../helpers/entries.js";
import { FakeSegment, requestFor } from "../../../helpers/fake-segment.js";
import { until } from "../../../helpers/until.js";

const entries = new Entries();
const pipeline = entries.pipeline("pipeline0", 1);
const enc = entries.element(pipeline, "enc", "x264enc");
const pad = entries.pad(enc, "sink", "sink", "sink");
const libx = entries.module("/usr/lib/libx.so", "ab12");
const burned = { weightNs: 2e6, element: enc, chain: [enc], frames: [[libx, 16]] as const };

async function open(pinned = false) {
  const segment = new FakeSegment();
  segment.entries = [...entries.all];
  segment.hops = [cellOf(pad, [5000, 5000])];
  segment.samples = [{ ...burned, weightNs: 1e6 }];
  const lines: string[] = [];
  const request = requestFor(segment, {}, { lines });
  request.services.live.pinned = pinned;
  const session = await Session.open(request);
  /** One more second, as the loop of the target has it. */
  const beat = async (samples: FakeSegment["samples"] = []) => {
    segment.samples = samples;
    session.take({ cells: false });
    const seen = session.live.strip().length;
    session.live.beat();
    await until("the window", () => session.live.strip().length > seen);
  };
  const watching = async () => {
    const release = session.live.watch();
    await until("what has to be loaded", async () => {
      session.live.beat();
      await new Promise((soon) => setImmediate(soon));
      return session.live.strip().length > 0;
    });
    return release;
  };
  return { segment, session, live: session.live, lines, services: request.services, beat, watching };
}

const cpuNs = ({ live }: Pick<Awaited<ReturnType<typeof open>>, "live">) => live.recording().cpu?.totalNs ?? 0;

afterEach(() => void vi.restoreAllMocks());

describe("a target", () => {
  it("that nobody looks at is named with its state, and keeps nothing", async () => {
    const { live, services, segment, session } = await open();
    expect(services.live.all()).toEqual([live]);
    expect(live.status()).toMatchObject({
      ...{ id: 1, pid: process.pid, pipelines: ["pipeline0"], state: "running", samples: 50, losses: { ring_full: 3 } },
      settings: { enabled: true, sampleRate: 100, wallRate: 0, timing: "wrap" },
    });
    const looked = vi.spyOn(segment, "look");
    for (let n = 0; n < 5; n++) session.live.beat();
    expect(looked).not.toHaveBeenCalled();
    expect([live.strip(), live.recording().cpu, live.recording().cells]).toEqual([[], null, []]);
  });

  it("that somebody looks at has what came since, and nothing from before", async () => {
    const target = await open();
    await target.watching();
    expect(cpuNs(target)).toBe(0);
    target.segment.hops = [cellOf(pad, [5000, 5000, 5000])];
    await target.beat([burned, burned]);
    const { cpu, cells, topology } = target.live.recording();
    expect(cpu?.stacks.samples).toMatchObject([{ path: "pipeline0/enc", ns: 4e6, factory: "x264enc", chain: [enc] }]);
    expect(cpu?.stacks.frames[cpu.stacks.samples[0]?.stack[0] ?? -1]).toEqual({ name: "name@10", module: "libx.so" });
    expect(cells.map(({ buffers }) => buffers)).toEqual([1]);
    expect(topology.elements.map(({ path }) => path)).toContain("pipeline0/enc");
  });

  it("that is pinned has all from its first instant", async () => {
    const target = await open(true);
    await target.beat([burned]);
    expect(cpuNs(target)).toBe(3e6);
    expect(target.live.recording().cells[0]?.buffers).toBe(2);
    expect(target.live.strip()[0]?.atNs).toBe(0);
  });

  it("takes nothing from the windows of the uploads", async () => {
    const target = await open(true);
    await target.beat([burned]);
    await target.session.flush();
    expect(target.segment.settled).toBe(2);
    expect(target.session.losses.snapshot()).toEqual({});
  });

  it("is let go some seconds after the last one has left, and begins anew with the next", async () => {
    const target = await open();
    const release = await target.watching();
    await target.beat([burned]);
    release();
    release();
    const other = target.live.watch();
    const later = performance.now() + 11_000;
    vi.spyOn(performance, "now").mockReturnValue(later);
    target.session.live.beat();
    expect(target.live.strip().length).toBeGreaterThan(1);
    other();
    vi.spyOn(performance, "now").mockReturnValue(later + 11_000);
    target.session.live.beat();
    expect(target.live.strip()).toEqual([]);
    vi.restoreAllMocks();
    await target.watching();
    expect(cpuNs(target)).toBe(0);
  });

  it("that ended has its last window, stays to be seen, and is not asked any more", async () => {
    const target = await open(true);
    await target.beat([burned]);
    let told = 0;
    target.live.onWindow(() => told++);
    target.segment.samples = [burned];
    target.session.takeRest();
    target.live.end();
    target.session.cut();
    await until("the last window", () => told > 0);
    await target.session.close(async () => {});
    expect([cpuNs(target), target.live.recording().complete]).toEqual([5e6, true]);
    expect(target.live.status()).toMatchObject({ state: "ended", samples: 50 });
    expect(target.live.set({ enabled: "false" })).toMatchObject([{ outcome: "refused" }]);
    target.live.watch();
    expect([told, target.segment.misused]).toEqual([1, 0]);
  });

  it("whose windows fail says so once, and is served on", async () => {
    const target = await open(true);
    await target.beat([burned]);
    vi.spyOn(target.segment, "look").mockImplementationOnce(() => {
      throw new Error("no memory");
    });
    target.session.live.beat();
    await until("the line", () => target.lines.length > 0);
    target.session.live.beat();
    expect(target.lines).toEqual([
      expect.stringMatching(/nothing more is shown of process \d+ while it runs: no memory/),
    ]);
    expect(cpuNs(target)).toBe(3e6);
    await target.session.flush();
    expect(target.segment.settled).toBe(2);
  });

  it("holds nobody up whose listener fails", async () => {
    const target = await open(true);
    target.live.onWindow(() => {
      throw new Error("a listener's own");
    });
    await target.beat([burned]);
    await target.beat([burned]);
    expect(cpuNs(target)).toBe(5e6);
  });

  it("changes settings by the words that the target obeys", async () => {
    const { live, segment } = await open();
    const control = vi.spyOn(segment, "control");
    segment.said = { ...segment.said, sampleRate: 100 };
    control.mockImplementation(() => {
      segment.said = { ...segment.said, sampleRate: 250 };
      return 1;
    });
    const [result] = live.set({ "sample-rate": "250" });
    expect(control).toHaveBeenCalledWith({ sampleRate: 250 });
    expect(result).toMatchObject({ outcome: "changed", value: "250" });
  });
});
