// What do the buttons copy and save? The table, a name, the graph as it is shown, the chosen stacks; and what became of it is said.
// SPDX-License-Identifier: MPL-2.0

import { collapsed } from "../../analysis/collapsed.js";
import type { FlameNode } from "../../analysis/flame.js";
import type { FunctionIndex } from "../../analysis/functions.js";
import { type FlamePicture, flamePicture } from "../flame-picture.js";
import type { PageStack } from "../packed-stacks.js";
import { byId, write } from "./dom.js";
import { copy, savePng, saveSvg, saveText } from "./hand-on.js";

export interface HandedOn {
  table(): string;
  name(): string;
  stacks(): readonly PageStack[];
  index(): FunctionIndex;
  shown(): { above: FlameNode | null; below: FlameNode | null };
  heading(): string;
}

const WIDTH = 1200;
const FILE = "gst-pyroscope-flame";

export function handOn(of: HandedOn): void {
  const press = (id: string, act: () => Promise<string> | string): void =>
    byId(id).addEventListener("click", async () => {
      const said = await Promise.resolve(act()).catch((error: unknown) => (error as Error).message);
      write(byId("handed-on"), said);
    });
  press("copy-table", async () => copied("the table", await copy(of.table())));
  press("copy-name", async () => copied("the name", await copy(of.name())));
  press("save-svg", () => withPicture(of, (picture) => saveSvg(FILE, picture)));
  press("save-png", () => withPicture(of, (picture) => savePng(FILE, picture)));
  press("save-text", () => {
    const stacks = of.stacks();
    if (stacks.length === 0) return "There are no stacks to save: open Functions first, or choose other ones.";
    saveText("gst-pyroscope-stacks.txt", collapsed(of.index(), stacks), "text/plain");
    return saved("gst-pyroscope-stacks.txt");
  });
}

const copied = (what: string, done: boolean): string =>
  done ? `Copied ${what}.` : "The browser does not let this page copy: select the text and press Ctrl+C.";
const saved = (name: string): string => `Saved ${name}.`;

async function withPicture(of: HandedOn, save: (picture: FlamePicture) => unknown): Promise<string> {
  const { above, below } = of.shown();
  if (below === null) return "There is no graph to save.";
  await save(flamePicture(of.heading(), WIDTH, below, above));
  return "Saved the graph as it is shown.";
}
