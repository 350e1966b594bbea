// How does a test open a page of the service as a person does, by the printed address, and hear every complaint of the browser?
import type { Browser, Page } from "playwright-core";
import type { Started } from "../helpers/service.js";

export interface OpenPage {
  page: Page;
  /** Console errors and warnings, uncaught exceptions and violations of the content security policy. */
  complaints: string[];
  close(): Promise<void>;
}

export interface OpenRequest {
  path: string;
  width?: number;
  dark?: boolean;
  /** Without the key that lets the browser read. */
  stranger?: boolean;
  /** Before the page is asked for. */
  prepare?(page: Page): Promise<void>;
}

export async function openPage(browser: Browser, service: Started, request: OpenRequest): Promise<OpenPage> {
  const { path, width = 1280, dark = false, stranger = false } = request;
  const viewport = { width, height: 800 };
  const context = await browser.newContext({ viewport, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  if (!stranger) await context.request.get(service.entry);
  await request.prepare?.(page);
  await page.goto(service.url + path);
  return { page, complaints, close: () => context.close() };
}
