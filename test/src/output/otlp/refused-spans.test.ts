// What becomes of spans that a collector refuses as too much? Smaller parts are tried for as long as that may help, and all are counted.
// SPDX-License-Identifier: MPL-2.0
import { expect, it } from "vitest";
import { createLog } from "../../../../src/log.js";
import type { Answer } from "../../../../src/output/otlp/answers.js";
import { SpanOutput } from "../../../../src/output/otlp/spans.js";
import { runOf } from "../../../helpers/spans.js";

const tooLarge: Answer = { status: 400, message: "message larger than max", tooLarge: true };
const taken: Answer = { status: 200, message: "" };

/** 512 spans, numbered in their first two bytes, to a collector that answers like this; what was asked of it and what it said. */
async function refusedBy(answer: (spans: number[]) => Answer) {
  const result = { requests: 0, sent: 0, lost: {} as Record<string, number> };
  const output = new SpanOutput({
    sender: {
      shown: "a collector",
      send: async (body) => {
        result.requests++;
        return answer(Array.from(new Uint16Array(Uint8Array.from(body).buffer)));
      },
      renew: () => {},
      close: () => {},
    },
    head: () => new Uint8Array(),
    maxQueue: 2048,
    maxBatch: 512,
    delayMs: 10_000,
    timeoutMs: 1000,
    log: createLog("silent"),
    room: () => {},
    account: {
      sent: (n) => {
        result.sent += n;
      },
      lost: (reason, n) => {
        if (n > 0) result.lost[reason] = (result.lost[reason] ?? 0) + n;
      },
    },
  });
  output.add(runOf(Array.from({ length: 512 }, (_, i) => Uint8Array.of(i % 256, i >> 8))));
  expect(await output.flush(60_000)).toBe(true);
  return result;
}

it("a collector that takes nothing is asked a few times for each batch, not for each span", async () => {
  const { requests, ...rest } = await refusedBy(() => tooLarge);
  expect(rest).toEqual({ sent: 0, lost: { span_upload_invalid: 512 } });
  // 512, 256 … 2, and both of those.
  expect(requests).toBe(11);
});

it("a collector that takes a hundred at a time gets all of them", async () => {
  expect(await refusedBy((spans) => (spans.length > 100 ? tooLarge : taken))).toMatchObject({ sent: 512, lost: {} });
});

it.each([0, 300, 511])("a span that is too large by itself is the only one that is lost: number %i", async (large) => {
  const result = await refusedBy((spans) => (spans.includes(large) ? tooLarge : taken));
  expect(result).toMatchObject({ sent: 511, lost: { span_upload_invalid: 1 } });
});
