// What happens while the live page is open? It follows one target, asks for its figures after each window, and finds it again.
// SPDX-License-Identifier: MPL-2.0

import { onSchemeChange } from "../../page/browser/colours.js";
import { byId } from "../../page/browser/dom.js";
import { LivePage } from "./live-page.js";

const page = new LivePage();
const search = byId("search") as HTMLInputElement;

byId("reset").addEventListener("click", () => page.view?.choose(-1));
byId("live-back").addEventListener("click", () => page.follow(10));
document.addEventListener("visibilitychange", () => page.visible(document.visibilityState === "visible"));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") escapeOnce();
  else if (event.key === "/" && !(event.target instanceof HTMLInputElement)) {
    search.focus();
    event.preventDefault();
  } else if (event.key === " " && isNobodys(event.target)) {
    page.pause();
    event.preventDefault();
  }
});

/** The space bar is a button's, a field's, a row's first. */
function isNobodys(target: EventTarget | null): boolean {
  return (
    !(target instanceof Element) ||
    target.closest("button, input, select, summary, tr[tabindex], #flame, .flame") === null
  );
}

function escapeOnce(): void {
  page.view?.escape();
  (document.activeElement as HTMLElement | null)?.blur();
}

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) page.view?.redraw();
  width = innerWidth;
});
onSchemeChange(() => page.view?.repaint());
void page.start();
