// What does a command do with its time? Starts it with the tracer, hosts the agent, ends as the command ended.
// SPDX-License-Identifier: MPL-2.0

import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Host, OpenHost } from "../agent/agent.js";
import { captureObstacle } from "../capture/claim.js";
import { systemCode } from "../capture/errors.js";
import {
  type Environment,
  type Layers,
  type OptionName,
  type Resolved,
  resolveConfig,
  serversOf,
} from "../config/config.js";
import { parse } from "../config/option-values.js";
import { type OptionRow, optionTable, variableOf } from "../config/options.js";
import { conclude } from "./conclusion.js";
import { exitCodes } from "./exit-codes.js";
import { type Ended, launch } from "./launch.js";
import { type Draw, meanwhile } from "./meanwhile.js";
import { pluginPathWith, pluginProblem } from "./plugin.js";
import { fitsParameter, tracersWith } from "./tracers.js";

export interface RunRequest {
  command: string[];
  /** An older capture may go. */
  replace?: boolean;
  /** How long the command may run, as typed. */
  duration?: string | undefined;
  /** Show the page at the end. */
  open?: boolean;
  flags: NonNullable<Layers["flags"]>;
  file: string | undefined;
}

export interface RunParts {
  environment: Environment;
  pluginFolder: string;
  openHost: OpenHost;
  say: (line: string) => void;
  /** Undefined: nobody watches. */
  draw: Draw | undefined;
  now: () => Date;
}

export async function run(request: RunRequest, parts: RunParts): Promise<Ended> {
  const { environment, say } = parts;
  const layers: Layers = { flags: request.flags, environment, file: request.file, underRun: true };
  const resolved = resolveConfig(layers);
  const captureDir = captureFolder(resolved, parts.now());
  const refusals = await refuse(request, resolved, captureDir, parts);
  if (refusals.length > 0) {
    for (const line of refusals) say(`gst-pyroscope: ${line}`);
    return { code: exitCodes.ownFailure.code };
  }
  for (const problem of resolved.problems) say(`gst-pyroscope: ${problem.text}`);
  let host: Host;
  try {
    host = await parts.openHost({ resolved, layers, captureDir, replace: request.replace === true });
  } catch (error) {
    say(`gst-pyroscope: ${(error as Error).message}`);
    return { code: exitCodes.ownFailure.code };
  }
  return profile(request, childEnvironment(resolved, parts), { host, captureDir, parts });
}

async function profile(
  { command, duration, open }: RunRequest,
  variables: Environment,
  { host, captureDir, parts }: { host: Host; captureDir: string | undefined; parts: RunParts },
): Promise<Ended> {
  const { environment, draw, say } = parts;
  let during: ReturnType<typeof meanwhile> | undefined;
  const ended = await launch(command, variables, (pid) => {
    host.watch(pid);
    during = meanwhile({ host, durationMs: durationOf(duration).value, draw, say });
  });
  const asked = during?.stop().asked === true;
  if (ended.problem === undefined) {
    const openBelow = open ? captureDir : undefined;
    await conclude({ host, code: ended.code, command, openBelow, environment, say });
  } else say(`gst-pyroscope: ${ended.problem}`);
  // Who dies of the signal that ends it has done what was wanted.
  return asked && ["SIGINT", "SIGTERM"].includes(ended.signal ?? "") ? { code: exitCodes.ok.code } : ended;
}

/** Not an option: neither the tracer nor the agent has to know. */
function durationOf(text: string | undefined): { value?: number; problem?: string } {
  if (text === undefined) return {};
  const row = { type: "duration", min: 100, max: 480 * 3_600_000 } as OptionRow;
  return parse(row, text, undefined) as { value?: number; problem?: string };
}

/** Everything that makes it pointless to start, all together. */
async function refuse(
  request: RunRequest,
  resolved: Resolved,
  captureDir: string | undefined,
  parts: RunParts,
): Promise<string[]> {
  const wrong = resolved.problems.filter(({ source }) => source.startsWith("--") || source === request.file);
  const lines = wrong.map((problem) => problem.text);
  const { problem } = durationOf(request.duration);
  if (problem !== undefined) lines.push(`--duration: ${problem}`);
  if (request.open === true && captureDir === undefined)
    lines.push("--open needs a capture: name its directory with --capture");
  if (request.command.length === 0) lines.push("which command? gst-pyroscope run [options] -- COMMAND [ARGUMENT…]");
  if (lines.length > 0) return lines;
  const plugin = pluginProblem(parts.pluginFolder, parts.environment);
  if (plugin !== undefined) lines.push(plugin);
  if (captureDir === undefined) return lines;
  const obstacle = await captureObstacle(captureDir, request.replace === true);
  if (obstacle !== null) lines.push(obstacle.message);
  else lines.push(...cannotWrite(captureDir));
  return lines;
}

/** A capture is written when somebody named a directory, or when the data goes nowhere else. */
function captureFolder({ config }: Resolved, now: Date): string | undefined {
  if (config.capture !== "") return resolve(config.capture);
  if (serversOf(config).length > 0) return undefined;
  const stamp = now.toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return resolve(`gst-pyroscope-${stamp}-${process.pid}`); // several may begin in one second
}

/** Tried, since permissions alone do not tell: nobody makes anything in /proc. */
function cannotWrite(dir: string): string[] {
  let existing = dir;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    rmdirSync(mkdtempSync(join(existing, ".gst-pyroscope-")));
    return [];
  } catch (error) {
    return [`cannot write a capture to ${dir} (${systemCode(error)}); name another directory with --capture`];
  }
}

/**
 * Flags go as parameters, which win over what GST_TRACERS says already; a file's or another variable's value as our variable, and
 * so what cannot be written as a parameter.
 */
export function childEnvironment(resolved: Resolved, parts: RunParts): Environment {
  const { environment, pluginFolder } = parts;
  const forTracer = resolved.settings.filter(({ name }) => actedOnByTracer(name));
  const asked = forTracer.filter(({ source }) => source.startsWith("--"));
  const flags = asked.filter(({ value }) => fitsParameter(String(value)));
  const unfit = asked.filter((setting) => !flags.includes(setting));
  const others = forTracer.filter(
    ({ name, source }) => !source.startsWith("--") && source !== "default" && !readByTracer(name, source),
  );
  return {
    ...environment,
    ...Object.fromEntries([...others, ...unfit].map(({ name, value }) => [variableOf(name), String(value)])),
    GST_PLUGIN_PATH: pluginPathWith(pluginFolder, environment.GST_PLUGIN_PATH),
    GST_TRACERS: tracersWith(
      environment.GST_TRACERS,
      Object.fromEntries(flags.map(({ name, value }) => [name, String(value)])),
      unfit.map(({ name }) => name),
    ),
    GST_PYROSCOPE_HOST_PID: String(process.pid),
  };
}

function actedOnByTracer(name: OptionName): boolean {
  return optionTable.some((row) => row.name === name && row.readBy === "tracer");
}

/** Variables that the tracer asks itself, in its own order. */
function readByTracer(name: OptionName, variable: string): boolean {
  const row: OptionRow | undefined = optionTable.find((one) => one.name === name);
  return row?.aliases?.some((alias) => alias.tracer && alias.variable === variable) ?? false;
}
