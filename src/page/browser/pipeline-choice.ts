// Of which pipeline is the graph? A list of all that have one; those of one name ("camera", "camera#2") are a group.
// SPDX-License-Identifier: MPL-2.0

import type { PageGraph } from "../page-data.js";
import { byId, h } from "./dom.js";

export class PipelineChoice {
  readonly #list = byId("graph-pipeline") as HTMLSelectElement;

  constructor(choose: (name: string) => void) {
    this.#list.addEventListener("change", () => choose(this.#list.value));
  }

  set chosen(name: string) {
    this.#list.value = name;
  }

  /** Not there where there is nothing to choose. */
  offer({ pipelines }: PageGraph): void {
    const names = pipelines.map(({ name }) => name);
    byId("graph-pipelines").hidden = names.length < 2;
    const listed = [...this.#list.options].map(({ value }) => value);
    if (names.length === listed.length && names.every((name) => listed.includes(name))) return;
    const before = this.#list.value;
    this.#list.replaceChildren(...groups(names));
    if (names.includes(before)) this.#list.value = before;
  }
}

function groups(names: readonly string[]): HTMLElement[] {
  const byName = new Map<string, string[]>();
  for (const name of names) {
    const group = name.replace(/#\d+$/, "");
    byName.set(group, [...(byName.get(group) ?? []), name]);
  }
  const options = (of: string[]) => of.map((value) => h("option", { value }, value));
  return [...byName].flatMap(([label, of]) =>
    of.length === 1 ? options(of) : [h("optgroup", { label }, ...options(of))],
  );
}
