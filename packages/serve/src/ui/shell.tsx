// What is around every page: where can one go, and is the page live?
// SPDX-License-Identifier: MPL-2.0
import type { ComponentChildren } from "preact";
import { type Link, link } from "./live.js";
import { here, hrefOf, type Place } from "./places.js";

const words: Record<Link, [string, string]> = {
  connecting: ["", "connecting …"],
  live: ["good", "live"],
  reconnecting: ["warn", "reconnecting …"],
  polling: ["warn", "not live: asks every 5 s"],
  "not permitted": ["warn", "not permitted"],
};

const places: [Place["page"], string][] = [
  ["now", "Now"],
  ["sessions", "Sessions"],
  ["incidents", "Incidents"],
  ["status", "Status"],
];

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header>
        <div class="brand">
          <Mark />
          <span>gst-pyroscope</span>
          <nav aria-label="Pages">
            {places.map(([page, name]) => (
              <a key={page} href={hrefOf(page)} aria-current={isAt(page) ? "page" : undefined}>
                {name}
              </a>
            ))}
            <a href={hrefOf("demo")} data-leaves>
              Demo player
            </a>
          </nav>
          <LinkState />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

const isAt = (page: Place["page"]): boolean =>
  here.value.page === page ||
  (page === "sessions" && here.value.page === "session") ||
  (page === "incidents" && here.value.page === "incident");

export function Mark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <rect y="2" width="16" height="3.4" rx=".6" />
      <rect y="6.4" width="10" height="3.4" rx=".6" />
      <rect y="10.8" width="6" height="3.4" rx=".6" />
    </svg>
  );
}

export function LinkState() {
  const [kind, text] = words[link.value];
  return (
    <span class="link" role="status">
      <i class={`dot ${kind}`} />
      {text}
    </span>
  );
}
