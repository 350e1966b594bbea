// Which numbers of the sentences on an incident's page are not in the JSON that the page shows?
import type { Page } from "playwright-core";

/** Numbers that belong to a name, such as x264enc or enc-2, are not meant. */
const numbers = /(?<![\w.:/-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)/g;

export async function unfoundNumbers(page: Page): Promise<string[]> {
  const known = numbersIn(JSON.parse((await page.locator(".raw pre").textContent()) ?? ""));
  const said = [await page.locator("main h1").textContent(), ...(await page.locator(".evidence li").allTextContents())];
  const found = said.flatMap((sentence) => [...(sentence ?? "").matchAll(numbers)].map(([text]) => text));
  return found.filter((text) => !known.some((number) => saidAs(number, text)));
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
