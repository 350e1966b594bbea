// Is what fails tried again as often as its kind deserves, as late as the server asks, and never after its end?
import { describe, expect, it } from "vitest";
import { type Delivery, delayMs, deliver, type RetryOptions } from "../../../src/delivery/retry.js";
import type { Reply } from "../../../src/delivery/transport.js";
import { random } from "../../helpers/sample-capture.js";

/** A clock that only waiting moves. `random` is 1: each wait is as long as it may be. */
function run(replies: (Partial<Reply> | number)[], change: Partial<RetryOptions> = {}) {
  const waits: number[] = [];
  const failed: string[] = [];
  let [now, tries] = [0, 0];
  const attempt = async (): Promise<Reply> => {
    const reply = replies[Math.min(tries++, replies.length - 1)] ?? 0;
    return typeof reply === "number"
      ? { status: reply, message: `status ${reply}` }
      : { status: 0, message: "", ...reply };
  };
  const options: RetryOptions = {
    expiresAt: 1e9,
    backoff: { firstMs: 100, maxMs: 1000 },
    wait: async (ms) => {
      waits.push(ms);
      now += ms;
      return true;
    },
    failed: (kind) => failed.push(kind),
    now: () => now,
    random: () => 1,
    ...change,
  };
  return deliver(attempt, options).then((end: Delivery) => ({ end, tries, waits, failed }));
}

describe("an upload", () => {
  it("that succeeds at once waits for nothing", async () => {
    expect(await run([200])).toEqual({ end: null, tries: 1, waits: [], failed: [] });
  });

  it("that succeeds in the end was told of each failure, and waited twice as long each time up to the bound", async () => {
    const { end, tries, waits, failed } = await run([0, 503, 0, 0, 0, 0, 200]);
    expect([end, tries]).toEqual([null, 7]);
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(failed).toEqual(new Array(6).fill("unreachable"));
  });

  it.each([
    [400, "invalid", "ERR_UPLOAD_INVALID", 1],
    [401, "denied", "ERR_UPLOAD_DENIED", 1],
    [404, "misrouted", "ERR_UPLOAD_MISROUTED", 1],
    [407, "proxied", "ERR_UPLOAD_PROXY", 1],
    [500, "failing", "ERR_UPLOAD_FAILING", 8],
    [429, "busy", "ERR_UPLOAD_BUSY", 10],
  ])("that gets %d each time is %s: given up as %s after %d tries", async (status, kind, code, most) => {
    const { end, tries, failed } = await run([status]);
    expect(end).toEqual({ code, kind, message: `status ${status}` });
    expect([tries, failed.length]).toEqual([most, most]);
  });

  it("is given up for its last failure, whatever the earlier ones were", async () => {
    expect((await run([0, 503, 400])).end).toMatchObject({ code: "ERR_UPLOAD_INVALID", message: "status 400" });
  });

  it("waits as long as the server asks, if that is longer than it would anyway", async () => {
    const { waits } = await run([{ status: 429, retryAfterMs: 5000 }, { status: 503, retryAfterMs: 1 }, 200]);
    expect(waits).toEqual([5000, 200]);
  });

  it("is not tried again once it is too old, nor is a wait begun that would end then", async () => {
    const { end, waits, tries } = await run([0], { expiresAt: 1000 });
    expect(end?.code).toBe("ERR_UPLOAD_EXPIRED");
    expect([waits, tries]).toEqual([[100, 200, 400], 4]);
    expect((await run([{ status: 503, retryAfterMs: 1001 }], { expiresAt: 1000 })).waits).toEqual([]);
  });

  it("ends where the wait says so, with the failure's kind and another code", async () => {
    const { end, tries } = await run([503], { wait: async () => false });
    expect(end).toEqual({ code: "ERR_UPLOAD_ENDED", kind: "unreachable", message: "status 503" });
    expect(tries).toBe(1);
  });

  it("lets an error of its own through: it is not the server's", async () => {
    const broken = () => Promise.reject(new TypeError("a bug"));
    const options = { expiresAt: 1e9, backoff: { firstMs: 1, maxMs: 1 }, wait: async () => true, failed: () => {} };
    await expect(deliver(broken, options)).rejects.toThrow("a bug");
  });
});

it("a wait is anything between nothing and its bound, and finite after any number of tries", () => {
  const next = random(9);
  const backoff = { firstMs: 1000, maxMs: 30_000 };
  for (let attempt = 1; attempt < 200; attempt++) {
    const ms = delayMs(attempt, backoff, next);
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(ms).toBeLessThan(Math.min(30_000, 1000 * 2 ** (attempt - 1)) + 1e-9);
  }
  expect(delayMs(1e6, backoff, () => 1)).toBe(30_000);
  expect(delayMs(1, backoff, () => 0)).toBe(0);
});
