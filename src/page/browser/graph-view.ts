// Which part of the drawing is seen? The view box of an SVG: all of it, one place, nearer, farther, dragged.
// SPDX-License-Identifier: MPL-2.0

import type { Box } from "../../graph/shape.js";

const MARGIN = 16;
/** Pixels of the screen for one of the drawing: larger than this nothing is drawn, smaller nothing can be read. */
const LARGEST = 1.15;
const READABLE = 0.55;
const NEAREST = 3;
const STEP = 1.3;
/** A press that moves less is a click. */
const STILL = 4;

export class GraphView {
  #whole: Box = [0, 0, 1, 1];
  /** Middle of what is seen, and the scale. */
  #at = { x: 0, y: 0, scale: 1 };
  #dragged = false;

  constructor(private readonly svg: SVGSVGElement) {
    svg.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.#onPress(event));
    // The end of a drag is no choice.
    svg.addEventListener("click", (event) => this.#dragged && event.stopPropagation(), true);
  }

  /** The drawing has another size; `first`: the place to begin with where all of it would be too small to read. */
  open(width: number, height: number, first: Box | undefined): void {
    this.#whole = [0, 0, width, height];
    this.fit(this.#whole);
    if (this.#at.scale < READABLE && first !== undefined) this.#centre(first, READABLE * STEP);
  }

  fitAll(): void {
    this.fit(this.#whole);
  }

  /** Shows this place, as large as it can be. */
  fit(box: Box): void {
    const [, , width, height] = box;
    const { clientWidth, clientHeight } = this.svg;
    const scale = Math.min(clientWidth / (width + 2 * MARGIN), clientHeight / (height + 2 * MARGIN), LARGEST);
    this.#centre(box, Math.max(scale, 0.01));
  }

  /** Moves as far as is needed for it to be seen. */
  reveal([x, y, width, height]: Box): void {
    const { x: left, y: top, width: wide, height: high } = this.svg.viewBox.baseVal;
    const hidden = x < left || y < top || x + width > left + wide || y + height > top + high;
    if (hidden) this.#centre([x, y, width, height], Math.max(this.#at.scale, READABLE));
  }

  zoom(step: 1 | -1): void {
    this.#at.scale = Math.min(NEAREST, Math.max(0.05, this.#at.scale * STEP ** step));
    this.show();
  }

  /** After a change of size as well. */
  show(): void {
    const { x, y, scale } = this.#at;
    const [width, height] = [this.svg.clientWidth / scale, this.svg.clientHeight / scale];
    this.svg.setAttribute("viewBox", [x - width / 2, y - height / 2, width, height].map((n) => n.toFixed(1)).join(" "));
    const [, , wide, high] = this.#whole;
    this.svg.classList.toggle("larger", wide * scale > this.svg.clientWidth || high * scale > this.svg.clientHeight);
  }

  #centre([x, y, width, height]: Box, scale: number): void {
    this.#at = { x: x + width / 2, y: y + height / 2, scale };
    this.show();
  }

  /** A wheel alone scrolls the page, as everywhere. */
  #onWheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? 1 : -1);
  }

  #onPress(press: PointerEvent): void {
    this.#dragged = false;
    if (press.button !== 0) return;
    const from = { ...this.#at };
    const move = (event: PointerEvent): void => {
      const [dx, dy] = [event.clientX - press.clientX, event.clientY - press.clientY];
      if (!this.#dragged && Math.hypot(dx, dy) < STILL) return;
      if (!this.#dragged) this.svg.setPointerCapture(press.pointerId);
      this.#dragged = true;
      this.#at = { ...from, x: from.x - dx / from.scale, y: from.y - dy / from.scale };
      this.show();
    };
    const end = (): void => {
      this.svg.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"] as const) this.svg.removeEventListener(name, end);
    };
    this.svg.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"] as const) this.svg.addEventListener(name, end);
  }
}
