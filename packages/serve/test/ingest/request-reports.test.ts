// Does a report in an address of media that cannot be read leave a line in the log, and the service alive?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import type { CmcdBody } from "../../src/ingest/cmcd-format.js";
import { Limiter } from "../../src/ingest/limiter.js";
import type { Format } from "../../src/ingest/receive.js";
import { type ReportReceiving, requestReports } from "../../src/ingest/request-reports.js";

const nothing: Format<CmcdBody> = {
  decode: () => undefined,
  notDecoded: "no CMCD",
  count: () => 0,
  check: () => {
    throw new Error("nothing to check");
  },
};

function reported(format: Format<CmcdBody>) {
  const warned: unknown[] = [];
  const limiter = new Limiter({ capacity: 1, refill: 1 });
  const parts = { limiter, tokens: { projectIds: ["demo"] }, log: { warn: (...line: unknown[]) => warned.push(line) } };
  requestReports(format, parts as unknown as ReportReceiving)('sid="x"');
  return warned;
}

test("an error while it is read is one line of the log", async () => {
  const broken = {
    ...nothing,
    decode: () => {
      throw new Error("broken");
    },
  };
  const warned = reported(broken);
  await expect.poll(() => warned).toEqual([["a report in an address was not taken", { problem: "broken" }]]);
});

test("what is none is passed over", async () => {
  const warned = reported(nothing);
  await new Promise((resolve) => setImmediate(resolve));
  expect(warned).toEqual([]);
});
