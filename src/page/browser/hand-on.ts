// How does a person take something with them: into the clipboard, or as a file? Nothing leaves the page otherwise.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../../analysis/flame.js";
import { type FlamePicture, fitted, HEADING_HEIGHT, ROW_HEIGHT, svgOf } from "../flame-picture.js";
import { h } from "./dom.js";
import { colourOfNode } from "./frame-words.js";

/** False: the browser does not let this page copy. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyChosen(text);
  }
}

/** Where a page has no clipboard: one that came over HTTP from another machine. */
function copyChosen(text: string): boolean {
  const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
  field.value = text;
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

export const saveText = (name: string, text: string, type: string): void => save(name, new Blob([text], { type }));

export const saveSvg = (name: string, picture: FlamePicture): void =>
  saveText(`${name}.svg`, svgOf(picture, plainColour()), "image/svg+xml");

/** Browsers refuse larger canvases. */
const MOST_PIXELS = 16_000;

export async function savePng(name: string, picture: FlamePicture): Promise<void> {
  const height = HEADING_HEIGHT + picture.rows * ROW_HEIGHT + 5;
  const scale = Math.min(2, MOST_PIXELS / height);
  const canvas = h("canvas", { width: String(picture.width * scale), height: String(Math.ceil(height * scale)) });
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser draws no PNG here: save the graph as SVG.");
  context.scale(scale, scale);
  draw(context, picture, height);
  const png = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (png === null) throw new Error("The graph is too large for a PNG: save it as SVG.");
  save(`${name}.png`, png);
}

function draw(context: CanvasRenderingContext2D, { heading, width, boxes }: FlamePicture, height: number): void {
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#000000";
  context.font = "600 14px system-ui, sans-serif";
  context.fillText(heading, 5, 21);
  context.font = "12px system-ui, sans-serif";
  for (const { x, row, width: w, node } of boxes) {
    const y = HEADING_HEIGHT + row * ROW_HEIGHT;
    context.fillStyle = colourOfNode(node);
    context.fillRect(x, y, Math.max(w - 0.5, 0.4), ROW_HEIGHT - 1);
    context.fillStyle = "#16171a";
    context.fillText(fitted(node.name, w), x + 5, y + 14, Math.max(1, w - 8));
  }
}

/** Colours of the page as six digits: most programs that open an SVG know no others. */
function plainColour(): (node: FlameNode) => string {
  const known = new Map<string, string>();
  const context = h("canvas", { width: "1", height: "1" }).getContext("2d", { willReadFrequently: true });
  return (node) => {
    const colour = colourOfNode(node);
    const found = known.get(colour) ?? digits(context, colour);
    known.set(colour, found);
    return found;
  };
}

function digits(context: CanvasRenderingContext2D | null, colour: string): string {
  if (context === null) return "#dddddd";
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function save(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  h("a", { href, download: name }).click();
  // The browser has to have begun to read it.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
