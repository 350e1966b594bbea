// Which verbs are about processes that are profiled at this moment?
// SPDX-License-Identifier: MPL-2.0

import { type Command, Option } from "commander";
import { environment } from "../config/config.js";
import { processId } from "./flags.js";
import type { TopFlags } from "./top-request.js";

export function addRunningVerbs(program: Command): void {
  program
    .command("ps")
    .description("list the processes of this user that are profiled now: service, age, samples, losses, pipelines")
    .option("--json", "one object, as docs/live.md describes it")
    .action(async (options: { json?: true }) => {
      const [{ ps }, { askAgents: ask }, { ownTerminal }, { findOffers: offers }] = await Promise.all([
        import("./ps.js"),
        import("./agents.js"),
        import("./report.js"),
        import("../attach/offers.js"),
      ]);
      process.exitCode = await ps(options, { environment: environment(), ask, offers, terminal: ownTerminal() });
    });

  program
    .command("set")
    .description("change settings of a process while it is profiled: gst-pyroscope set 4242 sample-rate=250 timing=off")
    .argument(
      "[words...]",
      "the process id, which one profiled process alone needs not, then name=value for each change",
    )
    .action(async (words: string[]) => {
      const [{ set }, { askAgents: ask }, { ownTerminal }] = await Promise.all([
        import("./set.js"),
        import("./agents.js"),
        import("./report.js"),
      ]);
      process.exitCode = await set(words, { environment: environment(), ask, terminal: ownTerminal() });
    });

  program
    .command("top")
    .description(
      "show which elements of a running pipeline are busy, once a second: a table on a terminal, lines elsewhere",
    )
    .argument("[pid]", "the process id, which one profiled process alone needs not", processId)
    .option("--last <time>", "the time that is looked at first: 10s, 1min, all (default 2s)")
    .option("--interval <time>", "between two looks (default 1s)")
    .option("--sort <column>", "cpu, p99, rate, blocked, … (default cpu)")
    .option("--filter <text>", "only elements with this text in path or factory")
    .option("--count <n>", "lines in the place of a screen, and the end after so many blocks")
    .addOption(new Option("--json", "one object of report --json a line").conflicts(["sort", "filter"]))
    .option("--once", "the end of the process is the end: no other one of its service is waited for")
    .action(async (pid: number | undefined, flags: TopFlags) => {
      const [{ top, ownScreen }, { leaveLike }] = await Promise.all([import("./top.js"), import("./launch.js")]);
      leaveLike(await top(pid, flags, ownScreen(environment())));
    });

  program
    .command("live")
    .description("print the address of the live page of a profiled process, and keep that page open until Ctrl-C")
    .argument("[pid]", "the process id, which one profiled process alone needs not", processId)
    .option("--open", "show it in a browser")
    .action(async (pid: number | undefined, { open }: { open?: true }) => {
      const [{ live }, { askAgents: ask }, { ownTerminal }] = await Promise.all([
        import("./live.js"),
        import("./agents.js"),
        import("./report.js"),
      ]);
      const stop = new AbortController();
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());
      const parts = { environment: environment(), ask, terminal: ownTerminal(), stop: stop.signal };
      process.exitCode = await live(pid, open === true, parts);
    });
}
