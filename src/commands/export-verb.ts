// What can be said to `export` on the command line?
// SPDX-License-Identifier: MPL-2.0

import { type Command, Option } from "commander";
import { environment } from "../config/config.js";
import { nativeParts, version } from "../installation.js";
import type { ExportFlags } from "./export.js";

const joined = (value: string, before?: string): string => (before === undefined ? value : `${before},${value}`);

export function addExportVerb(program: Command): void {
  program
    .command("export")
    .description("write a capture for other programs: profilers, timelines, spreadsheets, tickets; docs/export.md")
    .argument("<dir>", "directory of the capture")
    .requiredOption("-f, --format <names>", "one, or several with commas: export DIR --format help lists them", joined)
    .option("-o, --output <file>", "where to; a directory gets the usual name in it, - is standard output")
    .option("--force", "write over a file that is there")
    .addOption(new Option("--profile <kind>", "of formats with one profile (default cpu)").choices(["cpu", "wall"]))
    .option(
      "--element <name>",
      "only the stacks of this element: its name, its path, or what stands below its pipeline",
    )
    .option("--from <time>", "only what happened after this time since the capture's begin: 90s, 2min")
    .option("--to <time>", "only what happened before this time")
    .action(async (dir: string, flags: ExportFlags) => {
      const [{ exportCapture }, { ownTerminal }, { doctorText }] = await Promise.all([
        import("./export.js"),
        import("./report.js"),
        import("./doctor-text.js"),
      ]);
      const parts = {
        terminal: ownTerminal(),
        stdout: process.stdout,
        version,
        doctor: () => doctorText(environment(), nativeParts().pluginFolder),
      };
      process.exitCode = await exportCapture(dir, flags, parts);
    });
}
