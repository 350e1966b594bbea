// What does a page give to the one who follows functions through it? Its figures, its own graph, its choices.
// SPDX-License-Identifier: MPL-2.0

import type { PageStacks } from "../packed-stacks.js";
import type { PageData } from "../page-data.js";
import type { Flame } from "./flame.js";
import type { Views } from "./views.js";

/** The page around it: the report, or the live one. */
export interface ExplorerPage {
  data(): PageData;
  /** null: they are not here. */
  stacks(): PageStacks | null;
  /** Why not; a sentence. */
  absent(): string;
  flame(): Flame | null;
  views(): Views;
  isWall(): boolean;
  showClock(wall: boolean): void;
  hidesIdle(): boolean;
  /** Index of the chosen element, -1 = none. */
  chosen(): number;
  choose(element: number): void;
  /** Number of the target that a link has to name; "" = none. */
  target(): string;
}
