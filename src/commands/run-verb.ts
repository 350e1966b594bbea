// What can be said to `run`? Its flags, and where each goes.
// SPDX-License-Identifier: MPL-2.0

import type { Command } from "commander";
import { environment } from "../config/config.js";
import { nativeParts } from "../installation.js";
import { addFlags, wholeNumber } from "./flags.js";
import { leaveLike } from "./launch.js";

/** Flags of `run` that are no options. */
interface RunSwitches {
  replace?: true;
  duration?: string;
  open?: true;
  live?: true;
  repeat?: number;
  progress: boolean;
}

export function addRunVerb(program: Command, say: (line: string) => void): void {
  const runVerb = program
    .command("run")
    .description("start a command, profile every GStreamer pipeline in it, write a capture with a report")
    .argument("[command...]", "the command and its arguments, after --")
    .passThroughOptions();
  runVerb.option("--replace", "write over the capture that is in the directory of --capture");
  runVerb.option(
    "--duration <time>",
    "interrupt the command after this time, as Ctrl-C would; 5 s later it is terminated",
  );
  runVerb.option(
    "--repeat <n>",
    "run the command so many times, one after the other, into run-1, run-2, … of the capture's directory; what differs between runs is then known to `diff`",
    wholeNumber,
  );
  runVerb.option("--live", "serve a live page while the command runs, and print its address: live-port=auto");
  runVerb.option("--open", "show the report in a browser at the end; with a live page that, at once");
  runVerb.option("--no-progress", "no line on the terminal while the command runs");
  const runFlags = addFlags(runVerb, "run");
  runVerb.action(async (command: string[]) => {
    const [{ run }, { runRepeatedly }, { drawOnTerminal }, { openHost }] = await Promise.all([
      import("./run.js"),
      import("./repeat.js"),
      import("./meanwhile.js"),
      import("../agent/agent.js"),
    ]);
    const { replace, duration, open, live, repeat, progress } = runVerb.opts<RunSwitches>();
    const draw = progress ? drawOnTerminal(environment()) : undefined;
    const around = { environment: environment(), pluginFolder: nativeParts().pluginFolder, now: () => new Date() };
    const asked = { replace: replace === true, duration, open: open === true };
    const { flags, file } = runFlags();
    const withLive = live ? { "live-port": "auto", ...flags } : flags;
    const request = { command, ...asked, flags: withLive, file };
    const all = { ...around, openHost, say, draw };
    leaveLike(await (repeat === undefined ? run(request, all) : runRepeatedly(request, repeat, all)));
  });
}
