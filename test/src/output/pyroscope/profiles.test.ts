// Does every profile arrive exactly once, also when the server was away for a while?
import { describe, expect, it } from "vitest";
import { FakePyroscope } from "../../../helpers/fake-pyroscope.js";
import { profileOf } from "../../../helpers/profiles.js";
import { fakeServer, outputTo } from "../../../helpers/pyroscope-output.js";
import { until } from "../../../helpers/until.js";

describe("profiles for a server that works", () => {
  it("arrive with their labels, names and every nanosecond", async () => {
    const fake = await fakeServer();
    const { output, lines, acknowledged } = outputTo(fake.url, {
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
    expect(acknowledged).toEqual({ delivered: 200 });
    expect(output.stats()).toEqual({ queueBytes: 0, profiles: { delivered: 1 } });
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
    const { output, lines, acknowledged } = outputTo(`${url}/`, { credentials: { tenant: "team-a" } });
    output.send(profileOf({ e: 1e7 }));
    await until("delivered", () => acknowledged.delivered === 1);
    fake.mode = { answer: "status", status: 401, body: "no entry for me:s3cr@t at http://me:s3cr@t@host/" };
    output.send(profileOf({ e: 1e7 }));
    await output.close(1000);
    expect(acknowledged).toEqual({ delivered: 1, ERR_UPLOAD_DENIED: 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("check user, password, token and tenant");
    expect(lines[0]).not.toContain("me:s3cr@t@host");
    expect(fake.requests[0]?.headers["x-scope-orgid"]).toBe("team-a");
  });

  it("carry a token and headers of one's own", async () => {
    const fake = await fakeServer({ authorization: "Bearer tok" });
    const credentials = { token: "tok", user: "u", password: "p", headers: { "X-Extra": "1" } };
    const { output, acknowledged } = outputTo(fake.url, { credentials });
    output.send(profileOf({ e: 1e7 }));
    await output.close(5000);
    expect(acknowledged).toEqual({ delivered: 1 });
    expect(fake.requests[0]?.headers["x-extra"]).toBe("1");
  });
});

describe("profiles for a server that fails for a while", () => {
  it("are sent again with the same instant after an error, a reset, a closed connection and a silence", async () => {
    const fake = await fakeServer();
    const { output, lines, acknowledged } = outputTo(fake.url, { timeoutMs: 150 });
    const profile = profileOf({ e: 5e7 });
    fake.mode = { answer: "status", status: 500, body: '{"code":"unknown","message":"empty ring"}' };
    output.send(profile);
    for (const answer of ["reset", "close", "hang", "judge"] as const) {
      const before = fake.requests.length;
      await until(`a try before ${answer}`, () => fake.requests.length > before || answer === "hang");
      fake.mode = { answer };
      if (answer === "hang") await until("silence", () => fake.openRequests > 0);
    }
    await until("delivered", () => acknowledged.delivered === 1);
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
    const { output, acknowledged } = outputTo(fake.url);
    const started = performance.now();
    output.send(profileOf({ e: 1e7 }));
    await until("refused once", () => fake.requests.length === 1);
    fake.mode = { answer: "judge" };
    await until("delivered", () => acknowledged.delivered === 1);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(fake.requests).toHaveLength(2);
    await output.close(1000);
  });

  it("survive a restart on the same port, and the log has two lines", async () => {
    const first = await FakePyroscope.start();
    const { output, lines, acknowledged } = outputTo(first.url);
    output.send(profileOf({ e: 1e7 }));
    await until("delivered", () => acknowledged.delivered === 1);
    await first.stop();
    for (let i = 0; i < 5; i++) output.send(profileOf({ e: 2e7 }));
    await until("a warning", () => lines.length === 1);
    const second = await fakeServer({ port: first.lastPort });
    await until("the rest", () => acknowledged.delivered === 6);
    expect(second.sumBy("element")).toEqual({ e: 1e8 });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/delivered again .*failures=\d+/);
    await output.close(1000);
  });
});

describe("a server address", () => {
  it.each(["", "not a url", "ftp://host", "localhost:4040"])("%j is refused with a code", (server) => {
    expect(() => outputTo(server)).toThrowError(expect.objectContaining({ code: "ERR_SERVER_URL" }));
  });
});
