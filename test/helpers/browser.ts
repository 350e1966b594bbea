// How does a test open a page? The system's Chromium, no network, and every complaint of the browser kept.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

export const CHROMIUM = "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });

export interface Opened {
  page: Page;
  /** Console errors, uncaught exceptions and violations of the content security policy. */
  complaints: string[];
  /** Addresses asked for besides the file itself. */
  requests: string[];
}

export interface Look {
  width: number;
  height: number;
  dark?: boolean;
}

/** Opens a file from disk and waits until the page says that it is drawn. `hash`: "" or with its "#". */
export async function openReport(browser: Browser, file: string, look: Look, hash = ""): Promise<Opened> {
  const { width, height, dark } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  const url = pathToFileURL(file).href;
  await page.goto(url + hash);
  await page.waitForSelector("html[data-ready]");
  return {
    page,
    complaints,
    requests: requests.filter((asked) => asked !== url && asked !== url + hash && !asked.startsWith("data:")),
  };
}
