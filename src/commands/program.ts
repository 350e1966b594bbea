// What can be said on the command line? Verbs and flags; the flags come from the table of options.
// SPDX-License-Identifier: MPL-2.0

import { writeSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { debuginfodCache, environment, resolveConfig } from "../config/config.js";
import { didYouMean } from "../config/option-values.js";
import { CodedError } from "../errors.js";
import { nativeParts, version } from "../installation.js";
import { printable } from "../model/printable.js";
import { addDiffVerb } from "./diff-verb.js";
import { exitCodes } from "./exit-codes.js";
import { addExportVerb } from "./export-verb.js";
import { addFlags, wholeNumber } from "./flags.js";
import type { ReportOptions } from "./report.js";
import { addRunVerb } from "./run-verb.js";
import { addRunningVerbs } from "./running-verbs.js";

/** commander's own, in one line that says what to do. */
const oneSentence = (text: string): string =>
  `${text
    .trim()
    .replace(/^error: /, "")
    .replaceAll(/\.?\n/g, " ")} (--help shows what there is)`;

/** Past the streams of Node: they would make a pipe non-blocking that we share with the command. */
function say(line: string): void {
  try {
    writeSync(2, `${printable(line)}\n`);
  } catch {
    // our error stream is not read any more; that is no reason to end differently
  }
}

const program = new Command("gst-pyroscope")
  .description("Which GStreamer element is slow, and why")
  .version(version)
  .enablePositionalOptions()
  .configureOutput({ outputError: (text) => say(`gst-pyroscope: ${oneSentence(text)}`) })
  .helpCommand(false)
  .exitOverride();

addRunVerb(program, say);

const agentVerb = program
  .command("agent")
  .description("serve one process; the tracer starts this by itself")
  .option("--fd <n>", "inherited descriptor of the segment", wholeNumber)
  .option("--pid <n>", "find the segment of this process", wholeNumber);
const agentFlags = addFlags(agentVerb, "agent");
agentVerb.action(async ({ fd, pid }: { fd?: number; pid?: number }) => {
  if ((fd === undefined) === (pid === undefined)) agentVerb.error("one of --fd and --pid is needed");
  const { runAgent } = await import("../agent/agent.js");
  process.exitCode = await runAgent(pid === undefined ? { fd: fd ?? -1 } : { pid }, agentFlags());
});

program
  .command("report")
  .description("print what a capture directory holds")
  .argument("[dir...]", "directory of the capture; none: the newest one here")
  .addOption(new Option("--text", "a table for the terminal; the default").conflicts(["json", "html"]))
  .addOption(new Option("--json", "one object, as docs/report.md describes it").conflicts("html"))
  .addOption(new Option("--html <file>", "one page that needs nothing else"))
  .action(async (dirs: string[], options: ReportOptions, verb: Command) => {
    if (dirs.length > 1)
      verb.error(`report takes one capture at a time: gst-pyroscope report ${dirs[0]}, then ${dirs[1]}`);
    const { ownTerminal, report, reportNewest } = await import("./report.js");
    const [dir] = dirs;
    process.exitCode = await (dir === undefined ? reportNewest : report.bind(null, dir))(options, ownTerminal());
  });

addDiffVerb(program);
addRunningVerbs(program);
addExportVerb(program);

const doctorVerb = program
  .command("doctor")
  .description("say what on this machine helps or hinders, and which options are set, by whom")
  .option("--all", "also the options that are as by default")
  .option("--check-servers", "also look whether the servers accept connections");
const doctorFlags = addFlags(doctorVerb, "doctor");
doctorVerb.action(async ({ checkServers, all }: { checkServers?: true; all?: true }) => {
  const [{ doctor }, agent, { askAgents }] = await Promise.all([
    import("./doctor.js"),
    import("../agent/agent.js"),
    import("./agents.js"),
  ]);
  const probe = checkServers ? agent.probeServer : undefined;
  const names = { loadNative: agent.loadNative, columns: process.stdout.columns ?? 120 };
  const parts = {
    environment: environment(),
    pluginFolder: nativeParts().pluginFolder,
    loadNative: agent.loadNative,
    destinations: agent.destinationsOf,
    probe,
    names,
    agents: askAgents,
  };
  const { lines, healthy } = await doctor({ ...doctorFlags(), all: all === true }, parts);
  console.log(lines.map(printable).join("\n"));
  process.exitCode = (healthy ? exitCodes.ok : exitCodes.failed).code;
});

program
  .command("symbols")
  .description("list modules: whose functions have names, which lack them, and what would help")
  .argument("<what>", "process id, directory of a capture, or a file")
  .action(async (what: string) => {
    const [{ symbols }, { ownTerminal }, { loadNative }] = await Promise.all([
      import("./symbols.js"),
      import("./report.js"),
      import("../agent/agent.js"),
    ]);
    const { config } = resolveConfig({ environment: environment() });
    process.exitCode = await symbols(what, { loadNative, cache: debuginfodCache(config), terminal: ownTerminal() });
  });

const symbolizeVerb = program
  .command("symbolize")
  .description(
    "name the frames of a finished capture, on any machine: from debug files, a folder, or debuginfod servers",
  )
  .argument("<dir>", "directory of the capture")
  .option("--from <folder>", "folder of debug files or files that are not stripped, in any layout; used by build-id")
  .option("--no-progress", "no line on the terminal while it works");
const symbolizeFlags = addFlags(symbolizeVerb, "symbolize");
symbolizeVerb.action(async (dir: string, { from, progress }: { from?: string; progress: boolean }) => {
  const [{ symbolize }, { ownTerminal }, { drawOnTerminal }, { loadNative }, { symbolizeCapture }] = await Promise.all([
    import("./symbolize.js"),
    import("./report.js"),
    import("./meanwhile.js"),
    import("../agent/agent.js"),
    import("../agent/symbolize/symbolize.js"),
  ]);
  const draw = progress ? drawOnTerminal(environment()) : undefined;
  const layers = { ...symbolizeFlags(), environment: environment() };
  process.exitCode = await symbolize(
    dir,
    { from, layers },
    { loadNative, symbolizeCapture, terminal: ownTerminal(), draw },
  );
});

const envVerb = program
  .command("env")
  .description('print the exports for another launcher: eval "$(gst-pyroscope env)"');
const envFlags = addFlags(envVerb, "env");
envVerb.action(async () => {
  const { exportsFor } = await import("./env.js");
  const { lines, problems } = exportsFor({ ...envFlags(), environment: environment() }, nativeParts().pluginFolder);
  for (const problem of problems) say(`gst-pyroscope: ${problem}`);
  if (problems.length > 0) process.exitCode = exitCodes.usage.code;
  else console.log(lines.join("\n"));
});

program
  .command("serve")
  .description("start the session service: what players of live streams lived through; serve --help shows its options")
  .argument("[words...]")
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (words: string[]) => {
    const { serve } = await import("./serve.js");
    process.exitCode = await serve(words, say);
  });

program
  .command("install-plugin")
  .description("put the plugin where GStreamer looks by itself, for this user: GST_TRACERS=pyroscope is enough then")
  .action(async () => {
    const { installPlugin } = await import("./install-plugin.js");
    answer(() => installPlugin(environment()));
  });

program
  .command("uninstall")
  .description("remove what install-plugin made")
  .action(async () => {
    const { uninstall } = await import("./uninstall.js");
    answer(() => uninstall(environment()));
  });

program
  .command("help")
  .description("say what a command can do")
  .argument("[command]")
  .action((name?: string) => {
    const names = program.commands.map((verb) => verb.name());
    const verb = name === undefined ? program : program.commands.find((one) => one.name() === name);
    if (verb === undefined) program.error(`there is no command ${name}${didYouMean(name ?? "", names)}`);
    else verb.outputHelp();
  });

export async function runProgram(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has said what is wrong
    process.exitCode =
      error.exitCode === 0 ? 0 : (process.argv[2] === "run" ? exitCodes.ownFailure : exitCodes.usage).code;
  }
}

function answer(lines: () => string[]): void {
  try {
    console.log(lines().map(printable).join("\n"));
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    say(`gst-pyroscope: ${error.message}`);
    process.exitCode = exitCodes.notInstalled.code;
  }
}
