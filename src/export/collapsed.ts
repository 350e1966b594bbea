// How do stacks become lines that flame graph programs read? "outermost;…;innermost nanoseconds", one stack a line.
// SPDX-License-Identifier: MPL-2.0

import { placeNames, waitName } from "../analysis/sample-place.js";
import { type Chunks, type ExportSource, noTime, shown, stacksOf } from "./source.js";

export async function collapsed(source: ExportSource): Promise<Chunks> {
  const stacks = await stacksOf(source);
  if (stacks === null || stacks.samples.length === 0) throw noTime(source.kind);
  return lines(stacks);
}

function* lines({ frames, samples }: NonNullable<Awaited<ReturnType<typeof stacksOf>>>): Generator<string> {
  const names = frames.map(({ name }) => frameText(name));
  for (const sample of samples) {
    const wait = waitName(sample);
    const stack = [
      ...placeNames(sample).map(frameText),
      ...sample.stack.map((index) => names[index] ?? ""),
      ...(wait === "" ? [] : [frameText(wait)]),
    ];
    const text = stack.join(";");
    // Some readers take a line that begins so for a comment.
    yield `${text.startsWith("#") ? "·" : ""}${text} ${Math.round(sample.ns)}\n`;
  }
}

/** A semicolon parts frames, and a blank at the end the number. */
const frameText = (name: string): string => shown(name).replaceAll(";", ":").trim() || "(unnamed)";
