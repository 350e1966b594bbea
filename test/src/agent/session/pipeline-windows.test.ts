// Does a session service get a window every two seconds, with stacks once it asks, and is one that cannot be made counted?
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Session } from "../../../../src/agent/session/session.js";
import { PipelineWindows } from "../../../../src/windows/windows.js";
import { FakeSegment, requestFor } from "../../../helpers/fake-segment.js";
import { Piped } from "../../../helpers/piped.js";
import { until } from "../../../helpers/until.js";
import { WindowsServer } from "../../../helpers/windows-server.js";

describe("windows of a target's pipelines", () => {
  let server: WindowsServer;
  beforeEach(async () => {
    server = await WindowsServer.start();
    vi.useFakeTimers({ toFake: ["performance"] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    await server.stop();
  });

  async function open() {
    const [piped, segment, lines] = [new Piped(), new FakeSegment(), [] as string[]];
    const libx = piped.entries.module("/usr/lib/libx.so", "ab12");
    const enc = piped.elements.enc ?? 0;
    segment.entries = [...piped.entries.all];
    const session = await Session.open(requestFor(segment, { "windows-url": server.url }, { lines }));
    let buffers = 0;
    const frames = [[libx, 16]] as const;
    const burned = () => ({ weightNs: 2e6, element: enc, chain: [enc], frames });
    /** Two seconds more, in which ten buffers came, and two samples. */
    const pass = () => {
      buffers += 10;
      segment.hops = piped.after(buffers);
      for (let second = 0; second < 2; second++) {
        segment.samples = [burned()];
        vi.advanceTimersByTime(1000);
        session.take({ cells: false });
        session.beat();
      }
    };
    const window = async (n: number) => {
      pass();
      return until("the window", () => server.windows[n]);
    };
    return { session, lines, segment, pass, window };
  }
  const encoder = ({ elements }: Awaited<ReturnType<Awaited<ReturnType<typeof open>>["window"]>>) =>
    elements.find(({ path }) => path === "p/enc");

  it("have the counts and samples of their two seconds", async () => {
    const { window, session } = await open();
    for (let n = 0; n < 3; n++) expect(encoder(await window(n))).toMatchObject({ buffers_in: 10, cpu_ms: 4 });
    expect(server.windows[2]).not.toHaveProperty("stacks");
    expect(server.problems).toEqual([]);
    await session.flush();
  });

  it("have stacks from the one on that follows the answer that asks for them", async () => {
    const { window, session } = await open();
    server.want = [{ stream_id: "p", elements: ["p/enc"], until: new Date(Date.now() + 60_000).toISOString() }];
    const first = await window(0);
    await until("the answer", () => server.answered === 1);
    await new Promise((soon) => setImmediate(soon));
    const second = await until("a window with stacks", async () => {
      const next = await window(server.windows.length);
      return next.stacks && next;
    });
    expect(first).not.toHaveProperty("stacks");
    expect(second.stacks).toMatchObject([{ path: "p/enc", ms: 4 }]);
    expect(server.windows.length).toBeLessThanOrEqual(4);
    await session.flush();
  });

  it("that cannot be made are counted and said, and the next one has what is its own", async () => {
    const { window, session, lines, pass } = await open();
    expect(encoder(await window(0))).toMatchObject({ buffers_in: 10 });
    vi.spyOn(PipelineWindows.prototype, "next").mockImplementationOnce(() => {
      throw new Error("no such row");
    });
    pass();
    await until("the loss", () => session.losses.snapshot().windows_not_made === 1);
    expect(lines).toEqual([expect.stringContaining("windows_not_made: no such row")]);
    expect(await window(1)).toMatchObject({ losses: 1, pipeline: "p" });
    expect(session.losses.ofSamples()).toEqual({});
    expect(session.losses.snapshot()).toEqual({ windows_not_made: 1 });
    await session.flush();
  });

  it("whose counts cannot be looked at are counted as well, and what they would have had is in the next one", async () => {
    const { window, session, segment, pass } = await open();
    await window(0);
    const state = segment.said;
    segment.said = {
      ...state,
      get counters(): never {
        throw new Error("broken");
      },
    };
    pass();
    await until("the loss", () => session.losses.snapshot().windows_not_made === 1);
    segment.said = state;
    expect(encoder(await window(1))).toMatchObject({ buffers_in: 20 });
    await session.flush();
  });
});
