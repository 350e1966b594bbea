// What can be said to `diff`? Two recordings, how to match their elements, what must not change.
// SPDX-License-Identifier: MPL-2.0

import { type Command, Option } from "commander";
import { type FigureName, figureTable } from "../compare/figure-table.js";
import type { DiffOptions } from "./diff.js";

const several = (value: string, before: string[] = []): string[] => [...before, value];

/** What a condition may be about, and of what: an element's or a sink's name stands in brackets, a figure of the process has none. */
function figuresHelp(): string {
  const names = (Object.keys(figureTable) as FigureName[]).map((name) =>
    figureTable[name].of === "all" ? name : `${name}(NAME)`,
  );
  return `\nFigures of a condition: ${names.join(", ")}; NAME is an element or a sink, * is any.`;
}

export function addDiffVerb(program: Command): void {
  program
    .command("diff")
    .description("say what changed between two recordings beyond noise: CPU time per buffer, elapsed times, throughput")
    .argument("<before>", "directory of a capture, or of several runs (run --repeat)")
    .argument("<after>", "the same of the program as it is now")
    .addOption(new Option("--text", "a table for the terminal; the default").conflicts("json"))
    .addOption(new Option("--json", "one object, as docs/diff.md describes it"))
    .option("--html <file>", "one page that needs nothing else: a flame graph coloured by change")
    .option("--all", "also the figures that did not change")
    .option("--map <old=new>", "an element that has another path now; several times", several)
    .option(
      "--fail-if <condition>",
      "exit code 14 where it holds beyond noise: 'cpu.perBuffer(h264) > +10%'; several times",
      several,
    )
    .addHelpText("after", figuresHelp)
    .action(async (before: string, after: string, options: DiffOptions) => {
      const [{ diff }, { ownTerminal }] = await Promise.all([import("./diff.js"), import("./report.js")]);
      process.exitCode = await diff(before, after, options, ownTerminal());
    });
}
