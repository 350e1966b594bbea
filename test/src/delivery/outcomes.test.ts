// Is each status of HTTP taken for what it means for the data, and is nothing tried for ever that can never succeed?
import { describe, expect, it } from "vitest";
import { type FailureKind, failureOf, outcomeTable } from "../../../src/delivery/outcomes.js";
import { errorTable } from "../../../src/errors.js";

const of = (status: number) => failureOf({ status, message: "" });

describe("a status", () => {
  it.each<[FailureKind | null, number[]]>([
    [null, [200, 201, 204, 299]],
    ["unreachable", [0, 408, 425, 502, 503, 504]],
    ["denied", [401, 403]],
    ["misrouted", [404, 405, 501, 300, 301, 302, 304, 307, 308, 100, 199]],
    ["proxied", [407]],
    ["busy", [429]],
    ["failing", [500, 505, 507, 511, 599]],
    ["invalid", [400, 402, 406, 409, 413, 415, 422, 499]],
  ])("means %s for each of %j", (kind, statuses) => {
    expect(statuses.map(of)).toEqual(statuses.map(() => kind));
  });

  it("is told for any number that a server may send", () => {
    for (let status = 0; status < 1000; status++)
      if (status < 200 || status > 299) expect(Object.keys(outcomeTable)).toContain(of(status));
  });
});

it("a success that somebody else answers has delivered nothing; a failure stays what it is", () => {
  expect(failureOf({ status: 200, message: "", foreign: true })).toBe("foreign");
  expect(failureOf({ status: 200, message: "", foreign: false })).toBeNull();
  expect(failureOf({ status: 401, message: "", foreign: true })).toBe("denied");
});

it("only what may pass without anybody's help is tried until it is too old", () => {
  const endless = Object.entries(outcomeTable).filter(([, { attempts }]) => !Number.isFinite(attempts));
  expect(endless.map(([kind]) => kind).sort()).toEqual(["foreign", "unreachable"]);
});

it("what makes others wait is never tried again itself, and each kind has a code of its own", () => {
  const rows = Object.values(outcomeTable);
  for (const { attempts, pause, code } of rows) {
    if (pause) expect(attempts).toBe(1);
    expect(attempts).toBeGreaterThanOrEqual(1);
    expect(errorTable[code].what).not.toBe("");
  }
  expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
});
