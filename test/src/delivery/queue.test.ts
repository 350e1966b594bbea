// Is every item of a queue settled once, the oldest given up first, and is nobody kept waiting longer than was said?
import { describe, expect, it, vi } from "vitest";
import { type DeliveryContext, UploadQueue } from "../../../src/delivery/queue.js";

interface Item {
  name: string;
  bytes: number;
}

/** Items are under way until the test ends them; `work` may be another. */
function queueOf(
  change: { maxBytes?: number; parallel?: number; work?: (item: Item, context: DeliveryContext) => Promise<void> } = {},
) {
  const ends = new Map<string, () => void>();
  const begun: string[] = [];
  const dropped: [string, string][] = [];
  const queue = new UploadQueue<Item>({
    maxBytes: 1000,
    parallel: 1,
    work: (item) => {
      begun.push(item.name);
      return new Promise((resolve) => ends.set(item.name, resolve));
    },
    dropped: ({ name }, why) => dropped.push([name, why]),
    ...change,
  });
  const end = async (name: string) => {
    ends.get(name)?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { queue, begun, dropped, end, add: (name: string, bytes = 100) => queue.add({ name, bytes }) };
}

describe("a queue", () => {
  it("deals with its items in the order in which they came, so many at a time", async () => {
    const { add, begun, end, queue } = queueOf({ parallel: 2 });
    for (const name of ["a", "b", "c", "d"]) add(name);
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
    expect(queue.bytes).toBe(300);
    for (const name of ["a", "c", "d"]) await end(name);
    expect([begun, queue.bytes]).toEqual([["a", "b", "c", "d"], 0]);
  });

  it("drops the oldest that waits when it is too full, never what is under way", () => {
    const { add, dropped, queue } = queueOf({ maxBytes: 300 });
    for (const name of ["a", "b", "c", "d"]) add(name);
    expect(dropped).toEqual([["b", "overflow"]]);
    add("e", 200);
    expect(dropped.slice(1)).toEqual([
      ["c", "overflow"],
      ["d", "overflow"],
    ]);
    expect(queue.bytes).toBe(300);
  });

  it("drops an item that alone is more than fits, and keeps the rest of its account", async () => {
    const { add, dropped, end, queue } = queueOf({ maxBytes: 300 });
    add("a");
    add("huge", 1000);
    expect(dropped).toEqual([["huge", "overflow"]]);
    await end("a");
    expect(queue.bytes).toBe(0);
  });

  it("goes on with the next as soon as one is done", async () => {
    const seen: string[] = [];
    const { add, queue } = queueOf({ work: async ({ name }) => void seen.push(name) });
    for (const name of ["a", "b", "c"]) add(name);
    expect(await queue.flush(60_000)).toBe(true);
    expect([seen, queue.bytes]).toEqual([["a", "b", "c"], 0]);
  });
});

describe("an item that is under way", () => {
  it("may take those along that wait longest, which are then settled with it", async () => {
    const went: string[][] = [];
    let finish: () => void = () => {};
    const { add, queue, dropped } = queueOf({
      work: async (first, { next }) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        const batch = [first as Item];
        for (let one = next(() => batch.length < 3); one !== undefined; one = next(() => batch.length < 3))
          batch.push(one as Item);
        went.push(batch.map(({ name }) => name));
      },
    });
    for (const name of ["a", "b", "c", "d"]) add(name);
    expect(queue.bytes).toBe(400);
    finish();
    await vi.waitFor(() => expect(queue.bytes).toBe(100));
    finish();
    expect(await queue.flush(60_000)).toBe(true);
    expect([went, dropped, queue.bytes]).toEqual([[["a", "b", "c"], ["d"]], [], 0]);
  });
});

describe("a flush", () => {
  it("of an empty queue is over at once", async () => {
    expect(await queueOf().queue.flush(60_000)).toBe(true);
  });

  it("ends with the last item, and leaves what is not done in time", async () => {
    const { add, end, queue, dropped } = queueOf();
    add("a");
    const whole = queue.flush(60_000);
    await end("a");
    expect(await whole).toBe(true);
    add("b");
    expect(await queue.flush(1)).toBe(false);
    expect([dropped, queue.bytes]).toEqual([[], 100]);
  });

  it("wakes an item that waits for its next try: a wait of an hour is over", async () => {
    const waits: boolean[] = [];
    const { add, queue } = queueOf({
      work: async (_, { wait }) => {
        waits.push(await wait(3_600_000));
      },
    });
    add("a");
    expect(await queue.flush(60_000)).toBe(true);
    expect(waits).toEqual([true]);
  });

  it("does not wait for a server that is not there: four failures in a row end it, and the item stays", async () => {
    let tries = 0;
    const { add, queue, dropped } = queueOf({
      work: async (_, { wait }) => {
        do tries++;
        while (await wait(1));
      },
    });
    add("a");
    expect(await queue.flush(3_600_000)).toBe(false);
    expect(tries).toBe(5); // one before the flush
    expect(dropped).toEqual([]);
    await queue.close(1);
  });
});

describe("a closed queue", () => {
  it("has dropped what waited, told what was under way to end, and takes nothing more", async () => {
    let aborted = false;
    const { add, queue, dropped } = queueOf({
      work: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve();
          });
        }),
    });
    for (const name of ["a", "b", "c"]) add(name);
    expect(await queue.close(1)).toBe(false);
    expect(aborted).toBe(true);
    add("late");
    expect(dropped).toEqual(["b", "c", "late"].map((name) => [name, "ended"]));
    expect(queue.bytes).toBe(0);
  });

  it("says to an item that waits that it is out of time", async () => {
    const waits: boolean[] = [];
    const { add, queue } = queueOf({
      work: async (_, { wait }) => {
        while (await wait(3_600_000)) waits.push(true);
        waits.push(false);
      },
    });
    add("a");
    await queue.close(1);
    expect(waits.at(-1)).toBe(false);
  });
});
