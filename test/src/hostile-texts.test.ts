// Do texts from outside that are long and nearly match cost time in proportion to their length, and no more?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { maskUrl } from "../../src/config/option-values.js";
import { autoPrefix, padLabel, safeName } from "../../src/model/display-names.js";
import { labelName, labelValue } from "../../src/model/labels.js";
import { resourceAttributes } from "../../src/output/otlp/resource.js";

const patterns = [
  "a",
  "a+",
  "a:",
  "a://",
  "//",
  "//a@",
  "?token",
  "?&",
  "&key=",
  " ",
  "= ",
  "a=  ",
  "0x",
  "0",
  "_",
  "%",
  "\ud800",
];

/** Shortest of three, in milliseconds. */
function took(work: () => unknown): number {
  const times = [0, 1, 2].map(() => {
    const { user } = process.cpuUsage();
    work();
    return (process.cpuUsage().user - user) / 1000;
  });
  return Math.min(...times);
}

describe.each<[string, (text: string) => unknown]>([
  ["safeName", safeName],
  ["padLabel", (text) => padLabel(text, "")],
  ["autoPrefix", (text) => autoPrefix(text, "a")],
  ["labelName", labelName],
  ["labelValue", labelValue],
  ["maskUrl", maskUrl],
  ["resourceAttributes", resourceAttributes],
])("%s", (_, work) => {
  it("takes 16 times as long for 16 times the text, not 256 times", () => {
    for (const pattern of patterns) {
      const text = (bytes: number) => `${pattern.repeat(bytes / pattern.length)}\u0001`;
      const short = took(() => work(text(4096)));
      expect(
        took(() => work(text(65_536))),
        pattern,
      ).toBeLessThan(64 * Math.max(short, 1));
    }
  });
});

it("credentials of addresses are masked as before", () => {
  expect(maskUrl("http://anna:pw@host/x?a=1&apiToken=zz&b=2 y")).toBe("http://***@host/x?a=1&apiToken=***&b=2 y");
  expect(maskUrl("http://host//x")).toBe("http://host//x");
  expect(maskUrl("http://host/?to=http://b/?token=zz&a=1")).toBe("http://host/?to=http://b/?***&a=1");
});

it("attributes of a resource are pairs, blanks around them left out", () => {
  expect(resourceAttributes(" a = b ,c=d=e,%20x=%41, =y,z,q w=1,e=")).toEqual([
    ["a", "b"],
    ["c", "d=e"],
    [" x", "A"],
    ["e", ""],
  ]);
});
