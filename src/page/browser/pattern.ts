// Which names does a person look for? A regular expression or plain text, in any case; one that is none is told, and nothing breaks.
// SPDX-License-Identifier: MPL-2.0

export interface Pattern {
  readonly text: string;
  /** A name, a module. */
  matches(text: string): boolean;
  /** Why it is no regular expression; "" = it is one. It is looked for as plain text then. */
  readonly problem: string;
}

/** A name like "operator()" or "libx264.so+fn@0x1c" is found as it stands, too. */
export function patternOf(typed: string): Pattern {
  const text = typed.trim();
  const plain = text.toLowerCase();
  const holds = (name: string): boolean => name.toLowerCase().includes(plain);
  try {
    const expression = new RegExp(text, "i");
    return { text, matches: (name) => holds(name) || expression.test(name), problem: "" };
  } catch (error) {
    const why = (error as Error).message.split(": ").at(-1)?.toLowerCase() ?? "";
    const problem = `No regular expression (${why}): searched for as plain text.`;
    return { text, matches: holds, problem };
  }
}
