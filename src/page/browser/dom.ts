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

/** A name that somebody else chose: it may not turn the text around it. */
export const foreign = (text: string, attributes: Record<string, string> = {}): HTMLElement =>
  h("bdi", attributes, text);

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}
