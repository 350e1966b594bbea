// Which modules does a verb load in any case? For V8's compiled code of them, which is kept before the first run.
// SPDX-License-Identifier: MPL-2.0

/** Nothing runs of what is loaded. */
export async function load(verb: string): Promise<void> {
  await Promise.all([
    import("./program.js"),
    import("../agent/agent.js"),
    import("../agent/session/session-live.js"),
    import("../agent/collector.js"),
    import("../door/door.js"),
  ]);
  if (verb !== "run") return;
  await Promise.all([import("./run.js"), import("./repeat.js"), import("./meanwhile.js"), import("../agent/host.js")]);
}
