// Why does it not work here? Everything on this machine that profiling leans on, and the options with their sources.
// SPDX-License-Identifier: MPL-2.0

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import type { destinationsOf } from "../agent/agent.js";
import { plural } from "../analysis/units.js";
import { debuginfodCache, resolveConfig } from "../config/config.js";
import type { Environment, Layers, Resolved } from "../config/configuration.js";
import { doorFolder, folderProblem, noFolder } from "../door/folder.js";
import { agentFile, version as agentVersion } from "../installation.js";
import { type AskedAgent, targetsOf } from "./agents.js";
import { type Native, namesText, statesOf } from "./module-names.js";
import { pluginFile, pluginProblem } from "./plugin.js";
import { linkState, userFolder, versionOf } from "./user-folder.js";

type Destination = ReturnType<typeof destinationsOf>[number];
type State = "ok" | "note" | "FAIL";

interface Finding {
  state: State;
  what: string;
  detail: string;
}

export interface DoctorParts {
  environment: Environment;
  pluginFolder: string;
  /** Throws when the native half of the agent does not load. */
  loadNative: () => unknown;
  /** Undefined: names are left alone. */
  names?: { loadNative: () => Native; columns: number };
  destinations: typeof destinationsOf;
  /** Asks the agents of this user; undefined: they are left alone. */
  agents?: (environment: Environment) => Promise<AskedAgent[]>;
  /** One line about a server; undefined: servers are left alone. */
  probe: ((destination: Destination) => Promise<{ reached: boolean; detail: string }>) | undefined;
}

/** The text, and whether profiling can work at all. `all`: options that are as by default, too. */
export async function doctor(
  layers: Layers & { all?: boolean },
  parts: DoctorParts,
): Promise<{ lines: string[]; healthy: boolean }> {
  const resolved = resolveConfig({ ...layers, environment: parts.environment });
  const core = coreLibraries(parts);
  const findings = [
    ...resolved.problems.map(({ text }): Finding => ({ state: "note", what: "option", detail: text })),
    ...programs(parts),
    ...machine(),
    ...(await stacks(core, parts)),
    ...(await servers(resolved, parts)),
    ...(await controlSockets(parts)),
  ];
  const lines = ["This machine", ...findings.map(findingLine), "", ...optionLines(resolved, layers.all === true)];
  lines.push(...(await names(core, resolved, parts)));
  return { lines, healthy: findings.every(({ state }) => state !== "FAIL") };
}

/** Paths of GStreamer's core and what it is linked with. */
function coreLibraries({ environment, names: parts }: DoctorParts): string[] {
  if (parts === undefined) return [];
  const { stdout } = spawnSync("gst-launch-1.0", [], {
    encoding: "utf8",
    env: { ...environment, LD_TRACE_LOADED_OBJECTS: "1" },
  });
  return [...(stdout ?? "").matchAll(/=> (\/\S+)/g)].map(([, path = ""]) => path);
}

/** Stacks end in a library that has no unwind tables, and every one passes through these. */
async function stacks(paths: string[], { names: parts }: DoctorParts): Promise<Finding[]> {
  try {
    const facts = (await parts?.loadNative().inspect(paths, "")) ?? [];
    const ends = paths.filter((_, i) => facts[i]?.hasFrames === false && facts[i]?.needed.length !== 0);
    const detail = (path: string): string => `end in ${path}, which has no .eh_frame: install its distribution's build`;
    return ends.map((path) => ({ state: "note", what: "stacks", detail: detail(path) }));
  } catch {
    return []; // without the native half: said above
  }
}

/** Of these libraries; `symbols` tells of a process or a capture. */
async function names(paths: string[], { config }: Resolved, { names: parts }: DoctorParts): Promise<string[]> {
  if (parts === undefined || paths.length === 0) return [];
  try {
    const states = await statesOf(paths, "", parts.loadNative(), debuginfodCache(config));
    return ["", "Names of functions", ...namesText(states, parts.columns).map((line) => `  ${line}`.trimEnd())];
  } catch {
    return []; // without the native half: said above
  }
}

function optionLines({ settings }: Resolved, all: boolean): string[] {
  const told = settings.filter(({ source }) => all || source !== "default");
  const others = settings.length - told.length;
  if (told.length === 0) return [`Options: all ${others} are as by default; --all shows them`];
  const widest = (words: string[]) => Math.max(...words.map((word) => Math.min(word.length, 32)));
  const [names, values] = [widest(told.map(({ name }) => name)), widest(told.map(({ shown }) => shown))];
  const lines = told.map(
    ({ name, shown, source }) => `  ${name.padEnd(names)}  ${(shown === "" ? "-" : shown).padEnd(values)}  ${source}`,
  );
  return [others === 0 ? "Options" : `Options (--all shows ${others} more, which are as by default)`, ...lines];
}

function findingLine({ state, what, detail }: Finding): string {
  return `  ${state.padEnd(4)}  ${what.padEnd(16)}  ${detail}`;
}

function programs({ environment, pluginFolder, loadNative }: DoctorParts): Finding[] {
  const plugin = pluginProblem(pluginFolder, environment);
  const inspect = spawnSync("gst-inspect-1.0", ["--version"], { encoding: "utf8", env: environment });
  const version = /^GStreamer (\S+)/m.exec(inspect.stdout ?? "")?.[1];
  return [
    { state: "ok", what: "Node", detail: `${process.versions.node} at ${process.execPath}` },
    version
      ? { state: "ok", what: "GStreamer", detail: version }
      : { state: "note", what: "GStreamer", detail: "no gst-inspect-1.0 to ask for the version" },
    plugin
      ? { state: "FAIL", what: "plugin", detail: plugin }
      : { state: "ok", what: "plugin", detail: `${join(pluginFolder, pluginFile)} loads` },
    ...forUser(environment),
    attempt("agent, native", "FAIL", () => {
      loadNative();
      return "loads";
    }),
    { state: existsSync(agentFile) ? "ok" : "FAIL", what: "agent", detail: `${agentVersion} at ${agentFile}` },
  ];
}

/** What install-plugin put into the user's folder, and whether it is of this release. */
function forUser(environment: Environment): Finding[] {
  const place = userFolder(environment);
  const found = linkState(place);
  if (found.state === "none") return [];
  const finding = (state: State, detail: string): Finding[] => [{ state, what: "plugin, user's", detail }];
  if (found.state === "foreign") return finding("note", `${place.link} was not put there by install-plugin`);
  const its = versionOf(found.release);
  if (its === agentVersion) return finding("ok", `${place.link} is of ${its}`);
  const differ = `${place.link} is of ${its ?? "a release that is gone"}, this command of ${agentVersion}`;
  return finding("note", `${differ}: gst-pyroscope install-plugin puts this one there`);
}

function machine(): Finding[] {
  return [
    { state: "ok", what: "kernel", detail: release() },
    attempt("clock", "note", () => clockDetail()),
    attempt("timers", "note", () => {
      const [, soft = "?"] = /^Max pending signals\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
      return `at most ${soft} pending signals for this user: one timer a thread counts (ulimit -i)`;
    }),
    attempt("perf events", "note", () => {
      const level = readFileSync("/proc/sys/kernel/perf_event_paranoid", "utf8").trim();
      return `perf_event_paranoid is ${level}; needed for sample rates beyond the kernel's tick only`;
    }),
  ];
}

function clockDetail(): string {
  const source = readFileSync("/sys/devices/system/clocksource/clocksource0/current_clocksource", "utf8").trim();
  const direct = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page"].includes(source);
  return `${source}: ${direct ? "buffers are timed with the processor's counter where it is invariant" : "buffers are timed with clock_gettime, which costs more"}`;
}

function attempt(what: string, otherwise: State, look: () => string): Finding {
  try {
    return { state: "ok", what, detail: look() };
  } catch (error) {
    return { state: otherwise, what, detail: (error as Error).message.split("\n")[0] ?? "" };
  }
}

/** Can `ps` find agents, and which are there? */
async function controlSockets({ environment, agents }: DoctorParts): Promise<Finding[]> {
  if (agents === undefined) return [];
  const finding = (state: State, detail: string): Finding[] => [{ state, what: "control socket", detail }];
  const folder = doorFolder(environment);
  const problem = folder === null ? noFolder : folderProblem(folder);
  if (problem !== "") return finding("note", problem);
  const asked = await agents(environment);
  const running = targetsOf(asked).filter(({ target }) => target.state === "running").length;
  const listed =
    asked.length === 0 ? "no agent runs" : `of agents ${asked.map(({ place }) => place.agentPid).join(", ")}`;
  return finding("ok", `${folder}: ${listed}, ${plural(running, "process", "processes")} profiled (gst-pyroscope ps)`);
}

/** What goes where, by which way; looked at only when asked. */
async function servers({ config }: Resolved, { environment, destinations, probe }: DoctorParts): Promise<Finding[]> {
  return Promise.all(
    destinations(config, environment).map(async (destination): Promise<Finding> => {
      const { what, shown, way, endpoint } = destination;
      const sent = `${shown} gets ${what}: ${way}`;
      const usable = endpoint.route.kind !== "unusable";
      if (probe === undefined) return { state: usable ? "ok" : "note", what: "server", detail: sent };
      const { reached, detail } = await probe(destination);
      return { state: reached ? "ok" : "note", what: "server", detail: `${sent}; ${detail}` };
    }),
  );
}
