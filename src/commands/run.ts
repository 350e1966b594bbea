// What does a command do with its time? Starts it with the tracer, hosts the agent, ends as the command ended.
// SPDX-License-Identifier: MPL-2.0

import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Host, OpenHost } from "../agent/agent.js";
import { captureName } from "../capture/capture-name.js";
import { captureObstacle } from "../capture/claim.js";
import { systemCode } from "../capture/errors.js";
import { resolveConfig, serversOf } from "../config/config.js";
import type { Environment, Layers, Resolved } from "../config/configuration.js";
import { parse } from "../config/option-values.js";
import type { OptionRow } from "../config/options.js";
import { openPage } from "./browser.js";
import { childEnvironment } from "./child-environment.js";
import { conclude } from "./conclusion.js";
import { exitCodes } from "./exit-codes.js";
import { type Ended, launch } from "./launch.js";
import { type Draw, meanwhile } from "./meanwhile.js";
import { pluginProblem } from "./plugin.js";

export interface RunRequest {
  command: string[];
  /** An older capture may go. */
  replace?: boolean;
  /** How long the command may run, as typed. */
  duration?: string | undefined;
  /** Show the report at the end; the live page, if there is one, at once instead. */
  open?: boolean;
  /** What is said at the end in place of the summary. */
  brief?: string;
  flags: NonNullable<Layers["flags"]>;
  file: string | undefined;
}

export interface RunParts {
  environment: Environment;
  pluginFolder: string;
  openHost: OpenHost;
  say: (line: string) => void;
  /** Undefined: no line of progress is drawn. */
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
  const variables = childEnvironment(resolved, environment, parts.pluginFolder);
  if (resolved.config.livePort === 0) return profile(request, variables, { host, captureDir, parts });
  await showLivePage(host, request.open === true, parts);
  return profile({ ...request, open: false }, variables, { host, captureDir, parts });
}

async function showLivePage(host: Host, open: boolean, { environment, say }: RunParts): Promise<void> {
  const url = await host.livePage();
  if (url === undefined) return; // the log says why
  say(`gst-pyroscope: live page: ${url}`);
  if (!open) return;
  void openPage(url, environment).then((problem) => {
    if (problem !== undefined) say(`gst-pyroscope: ${problem}: open that address in a browser`);
  });
}

async function profile(
  { command, duration, open, brief }: RunRequest,
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
    await conclude({ host, code: ended.code, command, openBelow, brief, environment, say });
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
  if (request.open === true && captureDir === undefined && resolved.config.livePort === 0)
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

/** A capture is written when its directory is named, or when the data goes nowhere else. */
export function captureFolder({ config }: Resolved, now: Date): string | undefined {
  if (config.capture !== "") return resolve(config.capture);
  if (serversOf(config).length > 0) return undefined;
  return resolve(captureName(now, process.pid));
}

/** Tried, since permissions alone do not tell: in /proc not even root can make a folder. */
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
