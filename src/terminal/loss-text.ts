// How is it said on a terminal what was lost? One line, red only where it may have changed a conclusion.
// SPDX-License-Identifier: MPL-2.0

import type pico from "picocolors";
import { type Loss, lossesOf, lossWords } from "../analysis/losses.js";
import { plural } from "../analysis/units.js";
import { printable } from "../model/printable.js";
import type { RecordingFacts } from "../model/recording.js";
import type { Summary } from "../model/summary.js";
import { cut, wrap } from "./columns.js";

export type Paint = ReturnType<typeof pico.createColors>;
type Counted = Pick<RecordingFacts, "losses" | "lossHelp">;

/** One line of at most `width` cells. */
export function lossLine({ losses, lossHelp }: Counted, summary: Summary, paint: Paint, width: number): string {
  const lost = lossesOf(losses, lossHelp);
  return warn(lost, paint)(cut(printable(said(lost, summary)), width));
}

/** All of them, with what they mean. */
export function lossLines({ losses, lossHelp }: Counted, summary: Summary, paint: Paint, width: number): string[] {
  const lost = lossesOf(losses, lossHelp);
  const helps = lost.filter(({ help }) => help !== "").map(({ reason, help }) => `  ${reason}: ${help}`);
  return [
    ...wrap(`${said(lost, summary)}.`, width).map(warn(lost, paint)),
    ...helps.flatMap((line) => wrap(line, width)),
  ];
}

function said(losses: readonly Loss[], { profile: { cpu } }: Summary): string {
  const words = losses.map(lossWords).join(", ");
  if (words === "") return `Lost: nothing${cpu === null ? "" : ` of ${plural(cpu.samples, "sample")}`}`;
  return losses[0]?.serious ? `Lost: ${words}` : `Lost: nothing that changes a conclusion: ${words}`;
}

const warn = (losses: readonly Loss[], paint: Paint): ((line: string) => string) =>
  losses[0]?.serious ? paint.red : (line) => line;
