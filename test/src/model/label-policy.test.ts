// Does a forbidden name stay forbidden however it is written, and is what only looks like one free?
import { describe, expect, it } from "vitest";
import {
  allowedTags,
  forbiddenNames,
  forbiddenWords,
  isForbidden,
  labelCaps,
  labelTable,
} from "../../../src/model/label-policy.js";

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

describe("a forbidden word", () => {
  it("is one alone, first, last and in the middle, with any sign between", () => {
    for (const word of forbiddenWords)
      for (const name of [word, `${word}_of`, `of.${word}`, `of-${word}-x`, `  ${word} `, `a/${word}/b`])
        expect([name, isForbidden(name)]).toEqual([name, true]);
  });

  it("is one in capitals, and where capitals part the words", () => {
    for (const word of forbiddenWords) {
      const ways = [word.toUpperCase(), `client${capital(word)}`, `${word}Value`, `${capital(word)}Value`];
      for (const name of ways) expect([name, isForbidden(name)]).toEqual([name, true]);
    }
    expect(
      ["IPAddress", "HTTPCookie", "clientIP", "RTPPort", "XMLHttpURL", "PTs"].filter((name) => !isForbidden(name)),
    ).toEqual([]);
  });

  it("inside of another word is none", () => {
    const free = [
      "runtime",
      "update",
      "import",
      "tokenizer",
      "recaps",
      "zip",
      "pipeline",
      "usercode",
      "fdsink",
      "report",
    ];
    expect(free.filter(isForbidden)).toEqual([]);
  });
});

describe("a forbidden name", () => {
  it("is one in every way of writing it", () => {
    for (const name of forbiddenNames) {
      const camel = name.replace(/_(.)/g, (_, c: string) => c.toUpperCase());
      for (const way of [name, name.replace("_", "."), name.replace("_", "-"), camel, name.toUpperCase()])
        expect([way, isForbidden(way)]).toEqual([way, true]);
    }
  });

  it("is whole: its parts are free", () => {
    expect(["thread", "id", "pipeline", "agent", "key", "id_thread"].filter(isForbidden)).toEqual([]);
  });
});

describe("a person's tags", () => {
  it("are those that may be labels, and the names of the others", () => {
    expect(allowedTags({ site: "lab", user: "me", "build.pid": "7", env: "" })).toEqual({
      tags: { site: "lab", env: "" },
      refused: ["user", "build.pid"],
    });
    expect(allowedTags({})).toEqual({ tags: {}, refused: [] });
  });

  it("may be called like a key of every object", () => {
    const tags = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
    expect(Object.entries(allowedTags(tags).tags)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });
});

it("our own labels are none that we refuse others, but what the capture and the spans need", () => {
  const refused = Object.keys(labelTable).filter(isForbidden);
  expect(refused).toEqual([]);
});

it("a cap is a number, and of each label that has one", () => {
  for (const [name, cap] of Object.entries(labelCaps)) {
    expect(cap, name).toBeGreaterThan(0);
    expect(cap).toBe(labelTable[name as keyof typeof labelCaps].bound);
  }
  expect(Object.keys(labelCaps).sort()).toEqual(["element", "factory", "pad", "path", "pipeline", "thread"]);
});
