// Does the summary for a ticket say what the report says, and is nothing in it markup that a name chose?
import { beforeAll, describe, expect, test } from "vitest";
import { headline } from "../../../src/analysis/headline.js";
import { summarize } from "../../../src/analysis/summary.js";
import { markdown } from "../../../src/export/markdown.js";
import { bytesOf, sourceOf, writeExportCapture } from "../../helpers/export-capture.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

/** Without what stands in code, where nothing is markup. */
const withoutCode = (text: string): string => text.replace(/(`+)[^\n]*?[^`]\1(?!`)/g, "code");
const tables = (text: string): string[][] =>
  text
    .split("\n\n")
    .filter((part) => part.startsWith("| "))
    .map((part) => part.split("\n"));
const cells = (row: string): number => row.replace(/\\./g, "").split("|").length;

describe("of names that are harmless", () => {
  let text = "";
  let sentence = "";
  beforeAll(async () => {
    const source = await sourceOf(await writeSample(scratch(), sampleCapture("pipeline0", encoders)));
    text = (await bytesOf(await markdown(source))).toString();
    ({ sentence } = headline(summarize(source.capture)));
  });

  test("it begins with the report's sentence", () => {
    expect(text.split("\n\n")[1]).toContain(`**${sentence}**`);
  });

  test("it has the hottest elements, five functions of the first, the environment and the losses", () => {
    const [elements = [], functions = [], environment = []] = tables(text);
    expect(elements[2]).toMatch(/^\| `encoder\/x264enc0` \| `x264enc` \| 6\.11 s \| \d+ % \|/);
    expect(elements.length).toBeGreaterThan(6);
    expect(functions.slice(2).length).toBe(5);
    expect(functions[2]).toMatch(/^\| `x264_\w+` \| `libx264\.so\.164` \|/);
    expect(environment.join("\n")).toContain("| CPU samples | ");
    expect(text).toContain("### Losses\n\n");
  });
});

describe("of hostile names", () => {
  let text = "";
  beforeAll(async () => {
    text = (await bytesOf(await markdown(await sourceOf((await writeExportCapture()).dir)))).toString();
  });

  test("every table keeps its columns", () => {
    expect(tables(text).length).toBeGreaterThanOrEqual(3);
    for (const table of tables(text)) expect(new Set(table.map(cells)).size, table[0]).toBe(1);
  });

  test("outside of code there is no tag, link or mention", () => {
    const rest = withoutCode(text).replace(/\\./g, "");
    expect(rest).not.toMatch(/[<>[\]]|javascript|@\w|:\/\//);
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|\p{Cc}(?<!\n)/u);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(3000);
  });
});
