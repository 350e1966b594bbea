// Are names told from the words around them, also where one is part of another or has signs of its own?
import { expect, test } from "vitest";
import { sentenceParts } from "../../src/ui/sentence.js";

test.each<[text: string, names: (string | undefined)[], parts: string[]]>([
  ["enc (x264enc) needed 1.31 s.", ["enc", "x264enc"], ["", "enc", " (", "x264enc", ") needed 1.31 s."]],
  ["a.b was slow.", ["a.b", undefined, ""], ["", "a.b", " was slow."]],
  ["axb was slow.", ["a.b"], ["axb was slow."]],
  ["enc\u202e was slow.", ["enc\u202e"], ["", "enc\\u202e", " was slow."]],
  ["The pipeline “אב (1)” ended.", [], ["The pipeline “", "אב (1)", "” ended."]],
  ["Nothing to see.", [], ["Nothing to see."]],
  ["(((.", ["(("], ["", "((", "(."]],
])("%j with %j", (text, names, parts) => {
  expect(sentenceParts(text, names)).toEqual(parts);
});
