// Is the fake server as strict as the real one? The same cases are asked of the real one in test/servers.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakePyroscope } from "../../helpers/fake-pyroscope.js";
import { pushCases, tryPush } from "../../helpers/push-cases.js";

describe("the fake Pyroscope", () => {
  let fake: FakePyroscope;
  beforeAll(async () => {
    fake = await FakePyroscope.start();
  });
  afterAll(() => fake.stop());

  it.each(pushCases)("answers $status to $what", async (one) => {
    const stored = fake.stored.length;
    const { status, text } = await tryPush(fake.url, one, "svc");
    expect([status, status === 200 ? "" : text && "a message"]).toEqual([
      one.status,
      status === 200 ? "" : "a message",
    ]);
    const keeps = one.status === 200 && one.what !== "only zeros";
    expect(fake.stored.length - stored).toBe(keeps ? 1 : 0);
  });

  it("stores one profile a series and instant", async () => {
    const good = pushCases[0];
    if (good === undefined) throw new Error("no case");
    const body = good.body("twice");
    const before = fake.stored.length;
    await tryPush(fake.url, { ...good, body: () => body }, "twice");
    await tryPush(fake.url, { ...good, body: () => body }, "twice");
    expect(fake.stored.length - before).toBe(1);
    expect(fake.duplicates).toBe(1);
  });
});
