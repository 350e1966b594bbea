// Which stacks are chosen, by element, thread and clock, and what do they leave out?
// SPDX-License-Identifier: MPL-2.0

import { FunctionIndex } from "../../analysis/functions.js";
import { count, duration } from "../../analysis/units.js";
import type { PageStack, PageStacks } from "../packed-stacks.js";
import type { ExplorerPage } from "./explorer-page.js";

export class ChosenStacks {
  readonly #page: ExplorerPage;
  readonly #scope: { readonly thread: string };
  #index: { of: PageStacks; functions: FunctionIndex } | null = null;

  constructor(page: ExplorerPage, scope: { readonly thread: string }) {
    this.#page = page;
    this.#scope = scope;
  }

  get what(): string {
    return this.#page.isWall() ? "wall time" : "CPU time";
  }

  get index(): FunctionIndex {
    const of = this.#page.stacks();
    if (of === null) return new FunctionIndex([]);
    if (this.#index?.of !== of) this.#index = { of, functions: new FunctionIndex(of.frames) };
    return this.#index.functions;
  }

  get stacks(): PageStack[] {
    const [of, isWall] = [this.#page.stacks(), this.#page.isWall()];
    const all = (isWall ? of?.wall : of?.cpu) ?? [];
    const hidden = isWall && this.#page.hidesIdle() ? of?.idle : undefined;
    const [element, thread] = [this.#page.chosen(), this.#scope.thread];
    const isChosen = (one: PageStack): boolean =>
      (element < 0 || one.element === element) && (thread === "" || one.thread === thread);
    return all.filter((one) => isChosen(one) && hidden?.has(one.thread) !== true);
  }

  /** What a person has to know of the figures; "" = nothing. */
  get note(): string {
    const { stacks, interpreter } = this.#page.data();
    if (this.#page.stacks() === null) return this.#page.absent();
    const { left = 0, leftNs = 0 } = (this.#page.isWall() ? stacks?.wall : stacks?.cpu) ?? {};
    const time = `${count(left)} stacks with ${duration(leftNs)} of ${this.what}`;
    const lost = `There was no room for ${time}: their functions are not counted.`;
    return [left > 0 ? lost : "", interpreter].filter(Boolean).join(" ");
  }
}
