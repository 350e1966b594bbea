// How does a test open a page of the service as a person does, by the printed address, and hear every complaint of the browser?
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Started } from "../helpers/service.js";

export interface OpenPage {
  page: Page;
  /** Console errors and warnings, uncaught exceptions and violations of the content security policy. */
  complaints: string[];
  close(): Promise<void>;
}

export interface Look {
  width?: number;
  dark?: boolean;
  /** Without the key that lets the browser read. */
  stranger?: boolean;
}

/** A browser of its own: cookies, storage, and the connection that its pages share. */
export async function openContext(browser: Browser, service: Started, look: Look = {}): Promise<BrowserContext> {
  const { width = 1280, dark = false, stranger = false } = look;
  const viewport = { width, height: 800 };
  const context = await browser.newContext({ viewport, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  if (!stranger) await context.request.get(service.entry);
  return context;
}

/** `path`: empty for a page that the test sends somewhere itself. */
export async function openIn(context: BrowserContext, service: Started, path: string): Promise<OpenPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  if (path !== "") await page.goto(service.url + path);
  return { page, complaints, close: () => page.close() };
}

export async function openPage(
  browser: Browser,
  service: Started,
  { path, ...look }: Look & { path: string },
): Promise<OpenPage> {
  const context = await openContext(browser, service, look);
  return { ...(await openIn(context, service, path)), close: () => context.close() };
}
