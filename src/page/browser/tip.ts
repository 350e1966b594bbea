// Where does the tooltip stand? Beside the pointer, within the window; one for the whole page.
// SPDX-License-Identifier: MPL-2.0

import type { Frame, Tip } from "d3-flame-graph";
import { byId } from "./dom.js";

export function showTip({ clientX, clientY }: MouseEvent, content: HTMLElement): void {
  const box = byId("tip");
  box.replaceChildren(content);
  box.hidden = false;
  const left = Math.min(clientX + 14, innerWidth - box.offsetWidth - 8);
  const below = clientY + 18;
  const top = below + box.offsetHeight > innerHeight ? clientY - box.offsetHeight - 12 : below;
  box.style.setProperty("left", `${Math.max(8, left)}px`);
  box.style.setProperty("top", `${Math.max(8, top)}px`);
}

export function hideTip(): void {
  byId("tip").hidden = true;
}

/** As the flame graph's chart asks for it. */
export const frameTip = (content: (frame: Frame) => HTMLElement): Tip =>
  Object.assign(() => undefined, {
    show: (event: MouseEvent, frame: Frame) => showTip(event, content(frame)),
    hide: hideTip,
  });
