// Does every profile either arrive, exactly once, or count as dropped for a reason?
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../../src/log.js";
import { type PyroscopeOptions, PyroscopeOutput } from "../../../src/output/pyroscope.js";
import { type FakeOptions, FakePyroscope } from "../../helpers/fake-pyroscope.js";
import { instant, nowNs, profileOf } from "../../helpers/profiles.js";
import { until } from "../../helpers/until.js";

const running: FakePyroscope[] = [];
afterEach(async () => {
  for (const fake of running.splice(0)) await fake.stop();
});
async function fakeServer(options: FakeOptions = {}): Promise<FakePyroscope> {
  const fake = await FakePyroscope.start(options);
  running.push(fake);
  return fake;
}

/** Ports that nothing listens on. */
async function deadUrl(): Promise<string> {
  const fake = await FakePyroscope.start();
  await fake.stop();
  return fake.url;
}

function outputTo(server: string, change: Partial<PyroscopeOptions> = {}) {
  const lines: string[] = [];
  const settled: Record<string, number> = {};
  const output = new PyroscopeOutput({
    server,
    serviceName: "test",
    log: createLog("warn", (line) => lines.push(line)),
    settled: (samples, why) => {
      settled[why ?? "delivered"] = (settled[why ?? "delivered"] ?? 0) + samples;
    },
    backoff: { firstMs: 5, maxMs: 20 },
    ...change,
  });
  return { output, lines, settled };
}

describe("profiles for a server that works", () => {
  it("arrive with their labels, names and every nanosecond", async () => {
    const fake = await fakeServer();
    const { output, lines, settled } = outputTo(fake.url, {
      tags: [
        ["site", "lab-1"],
        ["bad-name", "x"],
      ],
    });
    const profile = profileOf({ enc: 3e9, sink: 1e9 }, { stacks: 100 });
    output.send(profile);
    expect(await output.close(5000)).toBe(true);
    expect(fake.sumBy("element")).toEqual({ enc: 3e9, sink: 1e9 });
    expect(fake.stored[0]).toMatchObject({
      type: "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
      labels: { __name__: "process_cpu", service_name: "test", site: "lab-1", bad_name: "x", pyroscope_spy: "gstspy" },
      timeNanos: profile.timeNanos,
      durationNanos: 10e9,
    });
    expect(fake.stored[0]?.samples[0]?.labels).toMatchObject({
      pipeline: "p0",
      factory: "identity",
      thread: "src0:src",
    });
    expect(fake.stored[0]?.samples[0]?.stack).toEqual(["f2_0", "f3_7"]);
    expect(settled).toEqual({ delivered: 200 });
    expect(output.stats()).toEqual({ queueBytes: 0, profiles: { delivered: 1 }, samplesDropped: {} });
    expect(lines).toEqual([]);
  });

  it("go two at a time at most", async () => {
    const fake = await fakeServer();
    fake.mode = { answer: "slow", ms: 30 };
    const { output } = outputTo(fake.url);
    for (let i = 0; i < 8; i++) output.send(profileOf({ e: 1e7 }));
    let most = 0;
    const closed = output.close(10_000);
    await until("all eight", () => {
      most = Math.max(most, fake.openRequests);
      return fake.stored.length === 8;
    });
    expect(await closed).toBe(true);
    expect(most).toBe(2);
  });

  it("find a server behind a path prefix, with the credentials of its URL, which no line of the log shows", async () => {
    const authorization = `Basic ${Buffer.from("me:s3cr@t").toString("base64")}`;
    const fake = await fakeServer({ prefix: "/profiles", authorization, tenants: true });
    const url = fake.url.replace("://", "://me:s3cr%40t@");
    const { output, lines, settled } = outputTo(`${url}/`, { credentials: { tenant: "team-a" } });
    output.send(profileOf({ e: 1e7 }));
    await until("delivered", () => settled.delivered === 1);
    fake.mode = { answer: "status", status: 401, body: "no entry for me:s3cr@t at http://me:s3cr@t@host/" };
    output.send(profileOf({ e: 1e7 }));
    await output.close(1000);
    expect(settled).toEqual({ delivered: 1, ERR_UPLOAD_DENIED: 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("check user, password, token and tenant");
    expect(lines[0]).not.toContain("me:s3cr@t@host");
    expect(fake.requests[0]?.headers["x-scope-orgid"]).toBe("team-a");
  });

  it("carry a token and headers of one's own", async () => {
    const fake = await fakeServer({ authorization: "Bearer tok" });
    const credentials = { token: "tok", user: "u", password: "p", headers: { "X-Extra": "1" } };
    const { output, settled } = outputTo(fake.url, { credentials });
    output.send(profileOf({ e: 1e7 }));
    await output.close(5000);
    expect(settled).toEqual({ delivered: 1 });
    expect(fake.requests[0]?.headers["x-extra"]).toBe("1");
  });
});

describe("profiles for a server that fails for a while", () => {
  it("are sent again with the same instant after an error, a reset, a closed connection and a silence", async () => {
    const fake = await fakeServer();
    const { output, lines, settled } = outputTo(fake.url, { timeoutMs: 150 });
    const profile = profileOf({ e: 5e7 });
    fake.mode = { answer: "status", status: 500, body: '{"code":"unknown","message":"empty ring"}' };
    output.send(profile);
    for (const answer of ["reset", "close", "hang", "judge"] as const) {
      const before = fake.requests.length;
      await until(`a try before ${answer}`, () => fake.requests.length > before || answer === "hang");
      fake.mode = { answer };
      if (answer === "hang") await until("silence", () => fake.openRequests > 0);
    }
    await until("delivered", () => settled.delivered === 1);
    expect(fake.sumBy("element")).toEqual({ e: 5e7 }); // a repetition of what a reset hid is not counted twice
    expect(fake.stored[0]?.timeNanos).toBe(profile.timeNanos);
    expect(lines.filter((line) => line.includes("delivered again"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("are not delivered")).length).toBeLessThanOrEqual(2);
    expect(lines[0]).toContain("empty ring");
    await output.close(1000);
  });

  it("wait as long as the server asks before the next try", async () => {
    const fake = await fakeServer();
    fake.mode = { answer: "status", status: 429, headers: { "retry-after": "1" }, body: "slow down" };
    const { output, settled } = outputTo(fake.url);
    const started = performance.now();
    output.send(profileOf({ e: 1e7 }));
    await until("refused once", () => fake.requests.length === 1);
    fake.mode = { answer: "judge" };
    await until("delivered", () => settled.delivered === 1);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(fake.requests).toHaveLength(2);
    await output.close(1000);
  });

  it("survive a restart on the same port, and the log has two lines", async () => {
    const first = await FakePyroscope.start();
    const { output, lines, settled } = outputTo(first.url);
    output.send(profileOf({ e: 1e7 }));
    await until("delivered", () => settled.delivered === 1);
    await first.stop();
    for (let i = 0; i < 5; i++) output.send(profileOf({ e: 2e7 }));
    await until("a warning", () => lines.length === 1);
    const second = await fakeServer({ port: first.lastPort });
    await until("the rest", () => settled.delivered === 6);
    expect(second.sumBy("element")).toEqual({ e: 1e8 });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/delivered again .*failures=\d+/);
    await output.close(1000);
  });
});

describe("profiles that cannot be delivered", () => {
  it("are dropped at once, and counted, when the server calls them invalid; the next one still goes", async () => {
    const fake = await fakeServer();
    const { output, lines, settled } = outputTo(fake.url);
    const old = nowNs() - 3_700_000_000_000n;
    for (let i = 0n; i < 5n; i++) output.send(profileOf({ e: 1e7 }, { timeNanos: old + i * 1_000_000n }));
    output.send(profileOf({ e: 4e7 }));
    expect(await output.close(5000)).toBe(true);
    expect(settled).toEqual({ ERR_UPLOAD_INVALID: 5, delivered: 1 });
    expect(fake.requests).toHaveLength(6);
    expect(lines).toHaveLength(1); // once a kind of message
    expect(lines[0]).toContain("outside of ingestion window");
  });

  it("are given up after bounded tries when the server keeps failing over them", async () => {
    const fake = await fakeServer();
    fake.mode = { answer: "status", status: 500, body: "poison" };
    const { output, settled } = outputTo(fake.url);
    output.send(profileOf({ e: 1e7 }));
    await until("given up", () => settled.ERR_UPLOAD_FAILING === 1);
    expect(fake.requests).toHaveLength(8);
    fake.mode = { answer: "judge" };
    output.send(profileOf({ e: 1e7 }));
    await output.close(5000);
    expect(settled.delivered).toBe(1);
  });

  it("slow down for a wrong address instead of asking it again and again", async () => {
    const fake = await fakeServer({ prefix: "/elsewhere" });
    const { output, lines, settled } = outputTo(fake.url.replace("/elsewhere", ""), {
      backoff: { firstMs: 400, maxMs: 400 },
    });
    for (let i = 0; i < 6; i++) output.send(profileOf({ e: 1e7 }));
    const started = performance.now();
    await until("two refused", () => fake.requests.length >= 2);
    await until("another two", () => fake.requests.length >= 4);
    expect(performance.now() - started).toBeGreaterThan(380);
    await output.close(3000);
    expect(settled).toEqual({ ERR_UPLOAD_MISROUTED: 6 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("path prefix");
  });

  it("do not follow a redirect, which would lose the credentials", async () => {
    const target = await fakeServer();
    const fake = await fakeServer();
    fake.mode = { answer: "status", status: 302, headers: { location: `${target.url}/push.v1.PusherService/Push` } };
    const { output, settled } = outputTo(fake.url);
    output.send(profileOf({ e: 1e7 }));
    await output.close(3000);
    expect(settled).toEqual({ ERR_UPLOAD_MISROUTED: 1 });
    expect(target.requests).toHaveLength(0);
  });

  it("fall out of a full queue oldest first; bytes stay within the bound and every sample is settled", async () => {
    const url = await deadUrl();
    const { output, settled, lines } = outputTo(url, { maxBytes: 20_000, backoff: { firstMs: 60_000, maxMs: 60_000 } });
    let most = 0;
    const sent = Array.from({ length: 60 }, () => instant());
    for (const timeNanos of sent) {
      output.send(profileOf({ e: 1e9 }, { stacks: 100, timeNanos }));
      await until("queued", () => output.stats().queueBytes > 0);
      most = Math.max(most, output.stats().queueBytes);
    }
    await until("overflow", () => (settled.ERR_UPLOAD_OVERFLOW ?? 0) > 0);
    const kept = await FakePyroscope.start({ port: Number(new URL(url).port) });
    running.push(kept);
    await output.close(10_000);
    expect(most).toBeLessThanOrEqual(20_000);
    expect((settled.ERR_UPLOAD_OVERFLOW ?? 0) + (settled.delivered ?? 0)).toBe(6000);
    expect(kept.stored.length).toBe((settled.delivered ?? 0) / 100);
    // Two were under way; of those that waited the last ones stayed.
    const stayed = kept.stored.map((profile) => profile.timeNanos).sort();
    expect(stayed.slice(2)).toEqual(sent.slice(2 - stayed.length));
    expect(stayed.length).toBeGreaterThan(4);
    expect(lines.filter((line) => line.includes("not delivered"))).toHaveLength(1);
  });

  it("are settled within the deadline when the agent ends before a silent server answers", async () => {
    const fake = await fakeServer();
    fake.mode = { answer: "hang" };
    const { output, settled } = outputTo(fake.url, { timeoutMs: 60_000 });
    for (let i = 0; i < 5; i++) output.send(profileOf({ e: 1e7 }));
    const started = performance.now();
    expect(await output.close(300)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(settled).toEqual({ ERR_UPLOAD_ENDED: 5 });
    output.send(profileOf({ e: 1e7 }));
    await until("the late one too", () => settled.ERR_UPLOAD_ENDED === 6);
  });

  it("do not keep somebody waiting for a server that is not there", async () => {
    const { output, settled } = outputTo(await deadUrl());
    for (let i = 0; i < 20; i++) output.send(profileOf({ e: 1e7 }));
    const started = performance.now();
    expect(await output.flush(30_000)).toBe(false);
    expect(settled).toEqual({});
    expect(await output.close(30_000)).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(settled).toEqual({ ERR_UPLOAD_ENDED: 20 });
  });

  it("are tried at once when somebody asks for a flush, whatever the backoff says", async () => {
    const url = await deadUrl();
    const { output, settled, lines } = outputTo(url, { backoff: { firstMs: 3_600_000, maxMs: 3_600_000 } });
    output.send(profileOf({ e: 1e7 }));
    await until("the first failure", () => lines.length === 1);
    running.push(await FakePyroscope.start({ port: Number(new URL(url).port) }));
    expect(await output.flush(5000)).toBe(true);
    expect(settled).toEqual({ delivered: 1 });
    await output.close(100);
  });
});

describe("a server address", () => {
  it.each(["", "not a url", "ftp://host", "localhost:4040"])("%j is refused with a code", (server) => {
    expect(() => outputTo(server)).toThrowError(expect.objectContaining({ code: "ERR_SERVER_URL" }));
  });
});
