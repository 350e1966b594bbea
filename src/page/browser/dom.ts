// How are elements made? From text alone: no name of a capture ever meets a parser.
// SPDX-License-Identifier: MPL-2.0

type Child = Node | string | null;

export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>,
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Puts these children there unless it has the same ones: what does not change keeps its place, its selection and its hover. */
export function fill(element: Element, ...children: Child[]): void {
  const wanted = document.createDocumentFragment();
  wanted.append(...children.filter((child) => child !== null));
  const [now, then] = [[...element.childNodes], [...wanted.childNodes]];
  const same = now.length === then.length && now.every((node, i) => node.isEqualNode(then[i] ?? null));
  if (!same) element.replaceChildren(wanted);
}

/** Sets the text of an element, if it is another one. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes `wanted` the children, in this order; who stays is not moved without need, so that focus and scrolling stay as well. */
export function arrange(parent: Element, wanted: readonly Element[]): void {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, i) => {
    const there = parent.children[i];
    if (there !== child) parent.insertBefore(child, there ?? null);
  });
}

/** A name that the profiled program chose: its direction must not change that of the text around it. */
export const foreign = (text: string, attributes: Record<string, string> = {}): HTMLElement =>
  h("bdi", attributes, text);

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}
