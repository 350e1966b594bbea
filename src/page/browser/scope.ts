// Of which element and thread are functions shown? Two lists; the element's is the choice of the whole page.
// SPDX-License-Identifier: MPL-2.0

import type { PageStacks } from "../packed-stacks.js";
import type { PageData } from "../page-data.js";
import { byId, fill, h } from "./dom.js";

/** Of a list: those with the most time. */
const MOST_THREADS = 200;

export class Scope {
  /** "" = all. */
  thread = "";
  readonly #elements = byId("function-element") as HTMLSelectElement;
  readonly #threads = byId("function-thread") as HTMLSelectElement;

  constructor(changed: { element: (element: number) => void; thread: () => void }) {
    this.#elements.addEventListener("change", () => changed.element(Number(this.#elements.value)));
    this.#threads.addEventListener("change", () => {
      this.thread = this.#threads.value;
      changed.thread();
    });
  }

  offer(data: PageData, stacks: PageStacks | null, element: number): void {
    const samples = [...(stacks?.cpu ?? []), ...(stacks?.wall ?? [])];
    const seen = new Set(samples.map((one) => one.element));
    const elements = [...seen].filter((one) => one >= 0 && one !== element).sort((a, b) => a - b);
    const listed = element < 0 ? elements : [element, ...elements];
    fill(
      this.#elements,
      option("-1", "All elements"),
      ...listed.map((one) => option(String(one), this.#name(data, one))),
    );
    this.#elements.value = String(element);
    const times = new Map<string, number>();
    for (const { thread, ns, element: of } of samples)
      if (element < 0 || of === element) times.set(thread, (times.get(thread) ?? 0) + ns);
    const threads = [...times].sort((a, b) => b[1] - a[1]).slice(0, MOST_THREADS);
    const names = new Set([...(this.thread === "" ? [] : [this.thread]), ...threads.map(([name]) => name)]);
    fill(this.#threads, option("", "All threads"), ...[...names].map((name) => option(name, name)));
    this.#threads.value = this.thread;
  }

  /** For a heading. */
  name(data: PageData, element: number): string {
    const of = element < 0 ? "all" : this.#name(data, element);
    if (this.thread === "") return of;
    return element < 0 ? `thread ${this.thread}` : `${of}, thread ${this.thread}`;
  }

  #name({ elements, pipelines }: PageData, element: number): string {
    const { name = "", pipeline = "" } = elements[element] ?? {};
    return pipelines > 1 ? `${pipeline}/${name}` : name;
  }
}

const option = (value: string, text: string): HTMLElement => h("option", { value }, text);
