// Is the work on one target done in turn, are its samples acknowledged once, and is its segment left alone after the end?
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Session } from "../../../../src/agent/session/session.js";
import { readCapture } from "../../../../src/capture/reader.js";
import { batchOf } from "../../../helpers/batches.js";
import { cellOf } from "../../../helpers/cells.js";
import { Entries } from "../../../helpers/entries.js";
import { FakeSegment, requestFor } from "../../../helpers/fake-segment.js";
import { Piped } from "../../../helpers/piped.js";
import { fakeServer } from "../../../helpers/pyroscope-output.js";
import { scratch } from "../../../helpers/scratch.js";
import { until } from "../../../helpers/until.js";
import { WindowsServer } from "../../../helpers/windows-server.js";

const some = (n: number) => Array.from({ length: n }, () => ({ weightNs: 1e6 }));
const noPort = async () => {};

function open(segment: FakeSegment, flags = {}, change = {}) {
  return Session.open(requestFor(segment, flags, change));
}

describe("a session", () => {
  it("that cannot be opened gives its segment back, so that another agent may have it", async () => {
    const segment = new FakeSegment();
    const request = requestFor(segment);
    const refuse = () => {
      throw new Error("no log");
    };
    await expect(Session.open({ ...request, log: refuse })).rejects.toThrow("no log");
    expect(segment.did).toEqual(["detach", "close"]);
  });

  it("that fails behind the opening of its parts gives it back, too", async () => {
    const segment = new FakeSegment();
    segment.hasSpans = () => {
      throw new Error("no spans");
    };
    await expect(open(segment)).rejects.toThrow("no spans");
    expect(segment.did).toEqual(["detach", "close"]);
  });

  it("has figures of itself for the metrics, and no stream of spans where the tracer takes none", async () => {
    const session = await open(new FakeSegment());
    expect(session.agent?.rssBytes).toBeGreaterThan(1e6);
    expect([session.spans, session.losses.snapshot()]).toEqual([undefined, {}]);
  });
});

describe("samples", () => {
  it("of a window are acknowledged once, with those that came while it was opened and while it was cut", async () => {
    const segment = new FakeSegment();
    segment.samples = some(3);
    const session = await open(segment);
    segment.samples = some(4);
    session.take({ cells: false });
    segment.samples = some(5);
    await session.flush();
    expect(segment.settled).toBe(12);
    await session.flush();
    expect(segment.settled).toBe(12);
  });

  it("are all taken at the end, however many drains it takes", async () => {
    const segment = new FakeSegment();
    const session = await open(segment);
    segment.samples = some(1000);
    segment.mostSamples = 7;
    session.takeRest();
    expect(segment.samples).toEqual([]);
    await session.flush();
    expect(segment.settled).toBe(1000);
  });

  it("that a hostile ring promises and does not give end the taking", async () => {
    const segment = new FakeSegment();
    const session = await open(segment);
    segment.drain = () => ({ ...batchOf([]), drained: false });
    session.takeRest();
    expect(session.take({ cells: false })).toMatchObject({ samples: 0, drained: false });
  });

  it("say in their profile how often the target samples, and how often it was asked to while it says nothing", async () => {
    for (const [said, asked, periodNs] of [
      [20, "50", 5e7],
      [0, "50", 2e7],
    ] as const) {
      const segment = new FakeSegment({ sampleRate: said });
      const dir = scratch();
      const session = await open(segment, { "sample-rate": asked }, { captureDir: dir });
      segment.samples = some(2);
      await session.flush();
      const [file = ""] = readdirSync(join(dir, "profiles"));
      expect(Profile.decode(gunzipSync(readFileSync(join(dir, "profiles", file)))).period).toBe(periodNs);
      session.parts.capture?.close();
    }
  });
});

describe("the work of a session", () => {
  it("is done one after the other, and what fails is said and does not stop the next", async () => {
    const lines: string[] = [];
    const session = await open(new FakeSegment(), {}, { lines });
    const did: string[] = [];
    let release = () => {};
    const released = new Promise<void>((done) => {
      release = done;
    });
    const first = session.inTurn(async () => {
      did.push("first begins");
      await released;
      throw new Error("the first failed");
    });
    const second = session.inTurn(async () => void did.push("second"));
    await until("the first has begun", () => did.length > 0);
    expect(did).toEqual(["first begins"]);
    release();
    await Promise.all([first, second]);
    expect(did).toEqual(["first begins", "second"]);
    expect(lines).toEqual(["error: the first failed"]);
  });
});

describe("windows that are not delivered in time", () => {
  it("are few: the next one takes what comes meanwhile, and none of its samples is lost", async () => {
    const segment = new FakeSegment();
    const dir = scratch();
    const session = await open(segment, {}, { captureDir: dir });
    let release = () => {};
    const late = new Promise<void>((done) => {
      release = done;
    });
    const held = session.inTurn(() => late);
    for (let i = 0; i < 50; i++) {
      segment.samples = some(1);
      session.take({ cells: false });
      session.due();
    }
    release();
    await held;
    await session.flush();
    expect(segment.settled).toBe(50);
    const files = readdirSync(join(dir, "profiles")).map((file) =>
      gunzipSync(readFileSync(join(dir, "profiles", file))),
    );
    const samples = files.map((file) =>
      Profile.decode(file).sample.reduce((sum, { value }) => sum + Number(value[0]), 0),
    );
    expect(samples.sort((a, b) => a - b)).toEqual([1e6, 1e6, 1e6, 47e6]);
    segment.samples = some(1);
    session.due();
    await session.inTurn(async () => {});
    expect(segment.settled).toBe(51);
    session.parts.capture?.close();
  });
});

describe("a capture", () => {
  it("gets a snapshot when one is due, and not again at the next poll", async () => {
    const entries = new Entries();
    const pad = entries.pad(entries.element(entries.pipeline("p"), "e", "identity"), "sink", "sink", "sink");
    const segment = new FakeSegment();
    segment.entries = entries.all;
    segment.hops = [cellOf(pad, [10])];
    const dir = scratch();
    const session = await open(segment, {}, { captureDir: dir });
    session.beat();
    let looks = 0;
    const look = segment.look;
    segment.look = (whole) => {
      looks++;
      return look(whole);
    };
    for (let i = 0; i < 3; i++) session.beat();
    expect(looks).toBe(0);
    await session.inTurn(async () => {});
    const recording = await readCapture(dir);
    expect(recording.topology.elements.map(({ name }) => name)).toContain("e");
    expect(recording.cells.map(({ buffers }) => buffers)).toEqual([1]);
    session.parts.capture?.close();
  });

  it("is no reason to look at the segment where there is none", async () => {
    const segment = new FakeSegment();
    const session = await open(segment);
    segment.look = () => {
      throw new Error("looked at");
    };
    session.beat();
  });
});

describe("the last step", () => {
  it("answers the target that waits, then lets the last scrape go, and closes the segment last", async () => {
    const segment = new FakeSegment();
    const session = await open(segment);
    segment.said = { ...segment.said, flushAsked: 6 };
    session.takeRest();
    const closePort = async () => void segment.did.push("port closed");
    await session.close(closePort);
    expect(segment.did).toEqual(["flushed 6", "port closed", "close"]);
  });

  it("is the last time that the segment is touched, whatever a request does that ends later", async () => {
    const server = await fakeServer();
    server.mode = { answer: "hang" };
    const segment = new FakeSegment();
    segment.samples = some(3);
    const lines: string[] = [];
    const session = await open(segment, { "server-url": server.url }, { lines });
    session.cut();
    await session.inTurn(async () => {});
    await until("a request", () => server.openRequests > 0);
    let settled: Promise<unknown> | undefined;
    await session.inTurn(async (deliveries) => {
      settled = deliveries.close(50);
    });
    await session.close(noPort);
    await settled;
    expect([segment.misused, segment.settled]).toEqual([0, 0]);
    expect(lines.filter((line) => line.includes("segment"))).toEqual([]);
    expect(session.losses.snapshot()).toEqual({ upload_ended: 3 });
  });
});

describe("windows of pipelines", () => {
  afterEach(() => void vi.useRealTimers());

  it("and a capture look once in a beat, at all that was counted until then", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const [server, piped, segment] = [await WindowsServer.start(), new Piped(), new FakeSegment()];
    segment.entries = [...piped.entries.all];
    const session = await open(segment, { capture: scratch(), "windows-url": server.url });
    for (const [beat, buffers] of [10, 25].entries()) {
      segment.looks = 0;
      segment.hops = piped.after(buffers);
      vi.advanceTimersByTime(2000);
      session.beat();
      expect(segment.looks).toBe(1);
      await until("the window", () => server.windows[beat]);
    }
    const encoders = server.windows.flatMap(({ elements }) => elements.filter(({ path }) => path === "p/enc"));
    expect(encoders.map(({ buffers_in }) => buffers_in)).toEqual([10, 15]);
    await session.flush();
    await server.stop();
  });
});
