// What is said of a frame of the flame graph, and which colour has it? Its label, its figures, what named it.
// SPDX-License-Identifier: MPL-2.0

import type { Frame } from "d3-flame-graph";
import type { FlameNode } from "../../analysis/flame.js";
import { duration, percent } from "../../analysis/units.js";
import { elementColour, groupColour, hitColour, stepOf } from "./colours.js";
import { foreign, h } from "./dom.js";

/** Where a name is from that is no symbol. */
const namedAfter = {
  type: "named after its class: no debug symbols",
  role: "named after what it was seen to do",
};

/** `wholeNs`: of the whole graph, `what`: its quantity. */
export function describeFrame({ data }: Frame, wholeNs: number, what: string): HTMLElement {
  const { name, module, ns, callers, children, origin, inferredNs = 0 } = data;
  const self = ns - children.reduce((sum, child) => sum + child.ns, 0);
  const facts = `${duration(ns)} · ${percent(ns / Math.max(1, wholeNs))} of all ${what} · self ${duration(self)}`;
  const title = h("strong", {}, foreign(name));
  const above =
    callers.length === 0 ? null : h("p", {}, `called through ${callers.length} frames: `, foreign(callers.join(" › ")));
  const doubt = `${percent(inferredNs / Math.max(1, ns))} of it in stacks with an inferred caller: code without unwind data`;
  const file = module === "" ? null : h("p", {}, foreign(module));
  const named = origin === undefined ? null : h("p", {}, namedAfter[origin]);
  return h("div", {}, title, named, file, h("p", {}, facts), inferredNs > 0 ? h("p", {}, doubt) : null, above);
}

/** What was pruned stands behind what was not. */
export const isRest = ({ name, children }: FlameNode): boolean => name.startsWith("(other: ") && children.length === 0;

export const label = ({ name, callers }: FlameNode): string => (callers.length === 0 ? name : `⋯ ${name}`);

export const colourOf = (frame: Frame): string => (frame.highlight ? hitColour() : colourOfNode(frame.data));

export function colourOfNode({ element, module }: FlameNode): string {
  if (element < 0 && module === "") return groupColour();
  return elementColour(element, module === "" ? 1 : stepOf(module));
}
