// Do the dashboard, the report and the live page look like one product? Packages take nothing from the profiler, so that both have the rules.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");

/** Declarations by selector, with the conditions before it; the notation is the same afterwards. */
function rules(css: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const text = transformSync(css, { loader: "css", minify: true }).code.trim();
  collect(text, "", found);
  return found;
}

function collect(text: string, condition: string, found: Map<string, string[]>): void {
  for (let begin = 0; begin < text.length; ) {
    const open = text.indexOf("{", begin);
    const end = endOf(text, open);
    const [selectors, body] = [text.slice(begin, open), text.slice(open + 1, end - 1)];
    if (body.includes("{")) collect(body, `${selectors} `, found);
    else
      for (const selector of selectors.split(",").map((one) => condition + one))
        found.set(selector, [...(found.get(selector) ?? []), ...body.split(";")]);
    begin = end;
  }
}

/** Behind the bracket that closes the one at `open`. */
function endOf(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at + 1;
  }
  throw new Error("a bracket is not closed");
}

const shared = rules(read("../../src/ui/shared.css"));
const report = rules(read("../../../../src/page/browser/page.css"));
const roots = [":root", "@media(prefers-color-scheme:dark) :root"];

test("a difference is found", () => {
  const [here, there] = [rules(":root{--ink: #000}p{margin:0}"), rules(":root { --ink: #001 } p { margin: 0px; }")];
  expect(here.get("p")).toEqual(there.get("p"));
  expect(here.get(":root")).not.toEqual(there.get(":root"));
});

test.each(roots)("the colours of %s are the report's, all of them", (root) => {
  expect(shared.get(root)?.length).toBeGreaterThan(10);
  expect([...(shared.get(root) ?? [])].sort()).toEqual([...(report.get(root) ?? [])].sort());
});

test("the sizes are the report's: of each selector, what is shared stands there too", () => {
  expect(shared.size).toBeGreaterThan(25);
  for (const [selector, declarations] of shared)
    expect(report.get(selector), selector).toEqual(expect.arrayContaining(declarations));
});
