// Which page does the address name, and how does one get to another without loading all again?
// SPDX-License-Identifier: MPL-2.0
import { signal } from "@preact/signals";

export interface Place {
  page: "now" | "sessions" | "session" | "incidents" | "incident" | "status" | "demo" | "unknown";
  query: URLSearchParams;
}

function placeOf({ pathname, search }: Location): Place {
  const [, name = "", id = ""] = pathname.split("/");
  const query = new URLSearchParams(search);
  if (name === "sessions" || name === "session" || name === "status") return { page: name, query };
  if (name === "incidents" && id !== "") query.set("id", textOf(id));
  if (name === "incidents") return { page: id === "" ? "incidents" : "incident", query };
  return { page: name === "" || name === "index.html" ? "now" : "unknown", query };
}

/** An address that somebody wrote by hand may hold a sign that is none. */
function textOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

export const here = signal<Place>(placeOf(location));

/** An identifier is a value of the query: it may hold anything. That of an incident, which the service makes, stands in the path. */
export function hrefOf(page: Place["page"], { ...values }: Record<string, string> = {}): string {
  const path = page === "now" ? "" : page === "incident" ? `incidents/${encodeURIComponent(values.id ?? "")}` : page;
  if (page === "incident") delete values.id;
  const query = new URLSearchParams(values);
  const project = new URLSearchParams(location.search).get("project");
  if (project !== null) query.set("project", project);
  const text = query.toString();
  return `/${path}${text === "" ? "" : `?${text}`}`;
}

export function goTo(href: string): void {
  stayAt(href);
  scrollTo(0, 0);
}

/** Another view of the same page: the way back leads here. */
export function stayAt(href: string): void {
  if (href === location.pathname + location.search) return;
  history.pushState(null, "", href);
  here.value = placeOf(location);
}

/** Like that, but the way back leads to where one was before: each letter that is entered is no place. */
export function replaceWith(href: string): void {
  history.replaceState(null, "", href);
  here.value = placeOf(location);
}

export function followLinks(): void {
  addEventListener("popstate", () => {
    here.value = placeOf(location);
  });
  document.addEventListener("click", (event) => {
    const target = (event.target as Element).closest?.("a[href^='/']");
    if (target === null || target.hasAttribute("data-leaves") || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(target.getAttribute("href") ?? "/");
  });
}
