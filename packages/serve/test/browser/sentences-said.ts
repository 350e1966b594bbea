// Which numbers of the sentences on an incident's page are not in the JSON that the page shows, and which sentence stands there twice?
import type { Page } from "playwright-core";

/** Numbers that belong to a name, such as x264enc or enc-2, are not meant; what others wrote, in quotation marks, is not ours. */
const numbers = /(?<![\w.:/-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)/g;

/** All that is said in words; what charts, tables and commands show is read from elsewhere. */
const WORDS = "main :is(h1, h2, p, li, dd)";
const NOT_OURS = "details, .chart, table, code, #flame, .legend, .flame-tools, [aria-label='Flame graph']";

const textsOf = (page: Page): Promise<string[]> =>
  page.evaluate(
    ([words, not]) =>
      [...document.querySelectorAll(words ?? "")]
        .filter((one) => one.closest(not ?? "") === null)
        .map((one) => one.textContent ?? ""),
    [WORDS, NOT_OURS],
  );

export async function unfoundNumbers(page: Page): Promise<string[]> {
  const known = numbersIn(JSON.parse((await page.locator(".raw pre").textContent()) ?? ""));
  const said = (await textsOf(page)).map((text) => text.replace(/“[^”]*”/g, ""));
  const found = said.flatMap((sentence) => [...sentence.matchAll(numbers)].map(([text]) => text));
  return found.filter((text) => !known.some((number) => saidAs(number, text)));
}

/** Sentences of the headline and of lists that stand there once more. */
export async function repeated(page: Page): Promise<string[]> {
  const headline = (await page.locator("main h1").textContent()) ?? "";
  const listed = (await page.locator("main li").allTextContents()).filter((text) => text.length > 20);
  return listed.filter((text, place) => headline.includes(text) || listed.indexOf(text) < place);
}

/** At any depth. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

/** As it is, or rounded to the digits that are shown; milliseconds may be said as seconds, a share as percent. */
function saidAs(number: number, text: string): boolean {
  const digits = text.split(".")[1]?.length ?? 0;
  return [number, number / 1000, number * 100].some((one) => Math.abs(one - Number(text)) <= 0.5001 * 10 ** -digits);
}
