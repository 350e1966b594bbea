// Is each span settled once, as sent or as lost for a reason, in batches that are no larger than they may be?
import { afterEach, describe, expect, it } from "vitest";
import { createLog, silentLog } from "../../../../src/log.js";
import type { Answer } from "../../../../src/output/otlp/answers.js";
import { SpanOutput, type SpanOutputOptions } from "../../../../src/output/otlp/spans.js";
import { runOf } from "../../../helpers/spans.js";
import { until } from "../../../helpers/until.js";

const open: SpanOutput[] = [];
afterEach(async () => {
  for (const output of open.splice(0)) await output.close(1);
});

/** The collector's answers are made by `answer`, of the spans of an export; a packed export is its spans side by side. */
function outputTo(
  answer: (spans: number[], tries: number) => Answer | Promise<Answer>,
  change: Partial<SpanOutputOptions> = {},
) {
  const exports: number[][] = [];
  const memory = new Set<ArrayBufferLike>();
  const account = { sent: 0, lost: {} as Record<string, number> };
  let [rooms, closed] = [0, 0];
  const output = new SpanOutput({
    sender: {
      shown: "http://c",
      send: async (body) => {
        memory.add(body.buffer);
        exports.push([...body]);
        return answer([...body], exports.length);
      },
      renew: () => undefined,
      close: () => void closed++,
    },
    head: () => new Uint8Array(),
    maxQueue: 100,
    maxBatch: 4,
    delayMs: 3_600_000,
    timeoutMs: 1000,
    log: silentLog,
    room: () => void rooms++,
    account: {
      sent: (spans) => {
        account.sent += spans;
      },
      lost: (reason, spans) => {
        if (spans > 0) account.lost[reason] = (account.lost[reason] ?? 0) + spans;
      },
    },
    backoff: { firstMs: 1, maxMs: 2 },
    ...change,
  });
  open.push(output);
  const add = (...ids: number[]) => output.add(runOf(ids.map((id) => Uint8Array.of(id))));
  return { output, exports, memory, account, add, rooms: () => rooms, closed: () => closed };
}
const ok: Answer = { status: 200, message: "" };
const status = (code: number, change: Partial<Answer> = {}): Answer => ({ status: code, message: "no", ...change });

describe("batches", () => {
  it("go when they are full, and the rest with a flush", async () => {
    const { add, exports, output, account, rooms } = outputTo(() => ok);
    add(1, 2, 3, 4, 5, 6);
    await until("the first batch", () => account.sent === 4);
    expect(exports).toEqual([[1, 2, 3, 4]]);
    expect(await output.flush(60_000)).toBe(true);
    expect([exports[1], account]).toEqual([[5, 6], { sent: 6, lost: {} }]);
    expect(rooms()).toBe(2);
  });

  it("go after their delay although they are not full", async () => {
    const { add, exports } = outputTo(() => ok, { delayMs: 1 });
    add(7);
    await until("the batch", () => exports.length === 1);
    expect(exports).toEqual([[7]]);
  });

  it("go before they have more bytes than a collector takes", async () => {
    const { output, account } = outputTo(() => ok, { maxBatch: 1000 });
    output.add(runOf(Array(4).fill(new Uint8Array(1 << 20))));
    await until("three mebibytes", () => account.sent === 3);
    await output.flush(60_000);
    expect(account.sent).toBe(4);
  });

  it("are of several runs, and runs are in several batches: all spans in their order, each once", async () => {
    const { add, exports, output, account } = outputTo(() => ok, { maxBatch: 5 });
    add(1, 2, 3);
    add(4, 5, 6, 7, 8, 9, 10, 11, 12);
    add();
    add(13);
    await output.flush(60_000);
    expect(exports).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
      [11, 12, 13],
    ]);
    expect(account).toEqual({ sent: 13, lost: {} });
  });

  it("are not sent when there is nothing in them", async () => {
    const { output, exports } = outputTo(() => ok);
    expect(await output.flush(60_000)).toBe(true);
    expect(exports).toEqual([]);
  });
});

describe("memory", () => {
  it("is used again for what comes later, once the collector has what was in it", async () => {
    const { add, exports, memory, output, account } = outputTo(() => ok);
    for (let i = 0; i < 240; i += 8) {
      add(...Array.from({ length: 8 }, (_, n) => i + n));
      await output.flush(60_000);
    }
    expect(exports.flat()).toEqual(Array.from({ length: 240 }, (_, i) => i));
    expect(account.sent).toBe(240);
    expect(memory.size).toBeLessThanOrEqual(5);
  });

  it("of an export that was given up is left to what may still read it", async () => {
    const { add, exports, memory, output } = outputTo((_, tries) => (tries === 1 ? status(400) : ok));
    for (let i = 0; i < 3; i++) {
      add(i);
      await output.flush(60_000);
    }
    expect([exports, memory.size]).toEqual([[[0], [1], [2]], 2]);
  });
});

describe("room", () => {
  it("is that of the queue and of what may be under way, less what is not settled", async () => {
    const { output, add } = outputTo(() => ok, { maxQueue: 10 });
    expect(output.room).toBe(26);
    add(1, 2, 3);
    expect(output.room).toBe(23);
    await output.flush(60_000);
    expect(output.room).toBe(26);
  });

  it("is nothing, and not less, when more was added", () => {
    const { output, add } = outputTo(() => new Promise(() => {}), { maxQueue: 1, maxBatch: 1 });
    add(1, 2, 3, 4, 5, 6, 7);
    expect(output.room).toBe(0);
  });
});

describe("a span", () => {
  it("that the collector refuses of an export that it took is lost for that, never more than there were", async () => {
    const { add, output, account } = outputTo(() => ({ ...ok, rejected: 3 }));
    add(1, 2, 3, 4, 5);
    await output.flush(60_000);
    expect(account).toEqual({ sent: 1, lost: { span_rejected: 4 } });
    expect(output.room).toBe(116);
  });

  it("is sent once the collector is back, and counted once", async () => {
    const { add, output, account, exports } = outputTo((_, tries) => (tries < 4 ? status(503) : ok));
    add(1, 2);
    expect(await output.flush(60_000)).toBe(true);
    expect([account, exports.length]).toEqual([{ sent: 2, lost: {} }, 4]);
  });

  it("of an export that is refused is lost for the reason", async () => {
    const { add, output, account } = outputTo(() => status(400));
    add(1, 2, 3);
    await output.flush(60_000);
    expect(account).toEqual({ sent: 0, lost: { span_upload_invalid: 3 } });
  });

  it("that alone is too large is lost; those beside it arrive in halves", async () => {
    const { add, output, account, exports } = outputTo(
      (spans) => (spans.includes(3) ? status(400, { tooLarge: true }) : ok),
      { maxBatch: 8 },
    );
    add(1, 2, 3, 4, 5, 6, 7, 8);
    await until("all settled", () => output.room === 132);
    expect(account).toEqual({ sent: 7, lost: { span_upload_invalid: 1 } });
    expect(exports).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [1, 2], [3, 4], [3], [4], [5, 6, 7, 8]]);
  });

  it("that is lost is said once; an export that is only halved is no trouble", async () => {
    const lines: string[] = [];
    const log = createLog("warn", (line) => lines.push(line));
    const halved = outputTo((spans) => (spans.length > 1 ? status(400, { tooLarge: true }) : ok), { log });
    halved.add(1, 2, 3, 4);
    await until("all sent", () => halved.account.sent === 4);
    expect(lines).toEqual([]);
    const refused = outputTo(() => status(400, { tooLarge: true, message: "too large" }), { log });
    refused.add(1, 2, 3, 4);
    await until("all lost", () => refused.account.lost.span_upload_invalid === 4);
    expect(lines).toEqual([expect.stringContaining("traces refused")]);
  });

  it("that is not delivered when all ends is lost for that, and the sender is closed", async () => {
    const { add, output, account, closed } = outputTo(() => status(503));
    add(1, 2, 3, 4, 5, 6);
    await output.close(1);
    expect(account).toEqual({ sent: 0, lost: { span_upload_ended: 6 } });
    expect([output.room, closed()]).toEqual([116, 1]);
  });
});
