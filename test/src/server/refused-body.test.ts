// Is a body refused by what its head says, and a request without one never?
import { expect, it } from "vitest";
import { MOST_BODY_BYTES, refusedBody } from "../../../src/server/refused-body.js";

it.each([
  ["without a body", {}, null],
  ["with an empty one", { "content-length": "0" }, null],
  ["with one that just fits", { "content-length": String(MOST_BODY_BYTES) }, null],
  ["with one byte more", { "content-length": String(MOST_BODY_BYTES + 1) }, 413],
  ["with one of any length", { "transfer-encoding": "chunked" }, 411],
])("a request %s", (_, headers, status) => {
  expect(refusedBody({ headers })).toBe(status);
});
