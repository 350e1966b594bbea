// How does a text stand in an SVG, whatever is in it? As text: no sign of it is markup.
// SPDX-License-Identifier: MPL-2.0

const signs: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Also without the two signs that no XML may have; controls are gone already. */
export const xmlText = (of: string): string =>
  of.replace(/[&<>"']/g, (sign) => signs[sign] ?? "").replace(/[\ufffe\uffff]/g, "\ufffd");

export const svgText = (x: number, y: number, of: string, style = "", anchor = "start"): string =>
  `<text x="${round(x)}" y="${round(y)}"${style === "" ? "" : ` class="${style}"`}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${xmlText(of)}</text>`;

const round = (n: number): number => Math.round(n * 100) / 100;
