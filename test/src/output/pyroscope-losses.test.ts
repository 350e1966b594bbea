// Does every profile that cannot be delivered count as dropped, for a reason and within bounds?
import { describe, expect, it } from "vitest";
import { slowness } from "../../helpers/busy-machine.js";
import { instant, nowNs, profileOf } from "../../helpers/profiles.js";
import { deadUrl, fakeServer, outputTo } from "../../helpers/pyroscope-output.js";
import { until } from "../../helpers/until.js";

describe("profiles that cannot be delivered", () => {
  it("are dropped at once, and counted, when the server calls them invalid; the next one still goes", async () => {
    const fake = await fakeServer();
    const { output, lines, acknowledged } = outputTo(fake.url);
    const old = nowNs() - 3_700_000_000_000n;
    for (let i = 0n; i < 5n; i++) output.send(profileOf({ e: 1e7 }, { timeNanos: old + i * 1_000_000n }));
    output.send(profileOf({ e: 4e7 }));
    expect(await output.close(5000)).toBe(true);
    expect(acknowledged).toEqual({ ERR_UPLOAD_INVALID: 5, delivered: 1 });
    expect(fake.requests).toHaveLength(6);
    expect(lines).toHaveLength(1); // once a kind of message
    expect(lines[0]).toContain("outside of ingestion window");
  });

  it("are given up after bounded tries when the server keeps failing over them", async () => {
    const fake = await fakeServer();
    fake.mode = { answer: "status", status: 500, body: "poison" };
    const { output, acknowledged } = outputTo(fake.url);
    output.send(profileOf({ e: 1e7 }));
    await until("given up", () => acknowledged.ERR_UPLOAD_FAILING === 1);
    expect(fake.requests).toHaveLength(8);
    fake.mode = { answer: "judge" };
    output.send(profileOf({ e: 1e7 }));
    await output.close(5000);
    expect(acknowledged.delivered).toBe(1);
  });

  it("slow down for a wrong address instead of asking it again and again", async () => {
    const fake = await fakeServer({ prefix: "/elsewhere" });
    const { output, lines, acknowledged } = outputTo(fake.url.replace("/elsewhere", ""), {
      backoff: { firstMs: 400, maxMs: 400 },
    });
    for (let i = 0; i < 6; i++) output.send(profileOf({ e: 1e7 }));
    const started = performance.now();
    await until("two refused", () => fake.requests.length >= 2);
    await until("another two", () => fake.requests.length >= 4);
    expect(performance.now() - started).toBeGreaterThan(380);
    await output.close(3000);
    expect(acknowledged).toEqual({ ERR_UPLOAD_MISROUTED: 6 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("path prefix");
  });

  it("do not follow a redirect, which would lose the credentials", async () => {
    const target = await fakeServer();
    const fake = await fakeServer();
    fake.mode = { answer: "status", status: 302, headers: { location: `${target.url}/push.v1.PusherService/Push` } };
    const { output, acknowledged } = outputTo(fake.url);
    output.send(profileOf({ e: 1e7 }));
    await output.close(3000);
    expect(acknowledged).toEqual({ ERR_UPLOAD_MISROUTED: 1 });
    expect(target.requests).toHaveLength(0);
  });

  it("fall out of a full queue oldest first; bytes stay within the bound and every sample is acknowledged", async () => {
    const url = await deadUrl();
    const { output, acknowledged, lines } = outputTo(url, {
      maxBytes: 20_000,
      backoff: { firstMs: 60_000, maxMs: 60_000 },
    });
    let most = 0;
    const sent = Array.from({ length: 60 }, () => instant());
    for (const timeNanos of sent) {
      output.send(profileOf({ e: 1e9 }, { stacks: 100, timeNanos }));
      await until("queued", () => output.stats().queueBytes > 0);
      most = Math.max(most, output.stats().queueBytes);
    }
    await until("overflow", () => (acknowledged.ERR_UPLOAD_OVERFLOW ?? 0) > 0);
    const kept = await fakeServer({ port: Number(new URL(url).port) });
    await output.close(10_000);
    expect(most).toBeLessThanOrEqual(20_000);
    expect((acknowledged.ERR_UPLOAD_OVERFLOW ?? 0) + (acknowledged.delivered ?? 0)).toBe(6000);
    expect(kept.stored.length).toBe((acknowledged.delivered ?? 0) / 100);
    // Two were under way; of those that waited the last ones stayed.
    const stayed = kept.stored.map((profile) => profile.timeNanos).sort();
    expect(stayed.slice(2)).toEqual(sent.slice(2 - stayed.length));
    expect(stayed.length).toBeGreaterThan(4);
    expect(lines.filter((line) => line.includes("not delivered"))).toHaveLength(1);
  });

  it("are acknowledged within the deadline when the agent ends before a silent server answers", async () => {
    const fake = await fakeServer();
    fake.mode = { answer: "hang" };
    const { output, acknowledged } = outputTo(fake.url, { timeoutMs: 60_000 });
    for (let i = 0; i < 5; i++) output.send(profileOf({ e: 1e7 }));
    const [started, slow] = [performance.now(), slowness()];
    expect(await output.close(300)).toBe(false);
    const took = performance.now() - started;
    expect(took).toBeLessThan(1500 * (await slow));
    expect(acknowledged).toEqual({ ERR_UPLOAD_ENDED: 5 });
    output.send(profileOf({ e: 1e7 }));
    await until("the late one too", () => acknowledged.ERR_UPLOAD_ENDED === 6);
  });

  it("do not keep somebody waiting for a server that is not there", async () => {
    const { output, acknowledged } = outputTo(await deadUrl());
    for (let i = 0; i < 20; i++) output.send(profileOf({ e: 1e7 }));
    const [started, slow] = [performance.now(), slowness()];
    expect(await output.flush(30_000)).toBe(false);
    expect(acknowledged).toEqual({});
    expect(await output.close(30_000)).toBe(false);
    const took = performance.now() - started;
    expect(took).toBeLessThan(5000 * (await slow));
    expect(acknowledged).toEqual({ ERR_UPLOAD_ENDED: 20 });
  });

  it("are tried at once when somebody asks for a flush, whatever the backoff says", async () => {
    const url = await deadUrl();
    const { output, acknowledged, lines } = outputTo(url, { backoff: { firstMs: 600_000, maxMs: 600_000 } });
    output.send(profileOf({ e: 1e7 }));
    await until("the first failure", () => lines.length === 1);
    await fakeServer({ port: Number(new URL(url).port) });
    expect(await output.flush(5000)).toBe(true);
    expect(acknowledged).toEqual({ delivered: 1 });
    await output.close(100);
  });
});
