// What does the address of a page say of what is chosen in it? So that a link opens the same picture.
// SPDX-License-Identifier: MPL-2.0

/** Everything that is not there, or "", is as a page opens without it. */
export interface Selection {
  view: "" | "graph" | "functions";
  /** "pipeline0/bin/element", as the page writes them. */
  element: string;
  thread: string;
  function: string;
  module: string;
  inverted: boolean;
  wall: boolean;
  pattern: string;
  /** What a graph is zoomed to within that; see placeOf. */
  zoom: string;
  /** Number of a target, on the page of an agent. */
  target: string;
}

export const nothingSelected: Selection = {
  ...{ view: "", element: "", thread: "", function: "", module: "", inverted: false, wall: false, pattern: "" },
  zoom: "",
  target: "",
};

/** Of a hash that a person may have cut or changed: what it does not say, or says wrong, is not selected. */
export function selectionIn(hash: string): Selection {
  const text = hash.replace(/^#/, "");
  // Links of before: one word, or the number of a target.
  if (text === "view-graph") return { ...nothingSelected, view: "graph" };
  if (/^\d+$/.test(text)) return { ...nothingSelected, target: text };
  const said = new URLSearchParams(text);
  const of = (name: string): string => said.get(name) ?? "";
  const view = of("view");
  return {
    view: view === "graph" || view === "functions" ? view : "",
    element: of("element"),
    thread: of("thread"),
    function: of("function"),
    module: of("module"),
    inverted: of("graph") === "inverted",
    wall: of("clock") === "wall",
    pattern: of("pattern"),
    zoom: /^[0-9a-z]{1,7}$/.test(of("zoom")) ? of("zoom") : "",
    target: /^\d+$/.test(of("target")) ? of("target") : "",
  };
}

/** "" where nothing is selected. */
export function hashOf({ inverted, wall, ...texts }: Selection): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(texts)) if (value !== "") said.set(name, value);
  if (inverted) said.set("graph", "inverted");
  if (wall) said.set("clock", "wall");
  const text = said.toString();
  return text === "" ? "" : `#${text}`;
}
