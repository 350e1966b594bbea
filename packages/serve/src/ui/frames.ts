// Which events are in a piece of text/event-stream, when a piece may end in the middle of one?
// SPDX-License-Identifier: MPL-2.0

export interface Frame {
  id: number | null;
  event: string;
  /** null: it was not JSON. */
  data: unknown;
}

export class FrameReader {
  #rest = "";

  /** Comments are left out. */
  push(text: string): Frame[] {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map(frameOf).filter(({ event }) => event !== "");
  }
}

function frameOf(block: string): Frame {
  const field = (name: string): string =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? "";
  const id = field("id");
  return { id: id === "" ? null : Number(id), event: field("event"), data: parsed(field("data")) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
