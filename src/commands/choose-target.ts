// Which target does a person mean who names a process, or none?
// SPDX-License-Identifier: MPL-2.0

import type { Environment } from "../config/configuration.js";
import { type AskedAgent, type FoundTarget, obstacle, targetsOf } from "./agents.js";

/** The one target that it can be; else the sentence that says why it is none. Those that have ended cannot be meant. */
export function chooseTarget(
  agents: readonly AskedAgent[],
  pid: number | undefined,
  environment: Environment,
): FoundTarget | string {
  const running = targetsOf(agents).filter(({ target }) => target.state === "running");
  const meant = pid === undefined ? running : running.filter(({ target }) => target.pid === pid);
  const [first, second] = meant;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) return `${meant.length} processes are profiled, name one of them: ${pidsOf(meant)}`;
  const silent = agents.find(({ problem }) => problem !== "");
  if (silent !== undefined) return `${unclear(pid)}: agent ${silent.place.agentPid} does not say: ${silent.problem}`;
  const what =
    pid === undefined ? "no process of this user is profiled" : `process ${pid} is not profiled by this user`;
  const others = running.length === 0 ? "gst-pyroscope ps says more" : `these are: ${pidsOf(running)}`;
  return `${what}; ${obstacle(environment) || others}`;
}

const MOST_NAMED = 10;

function pidsOf(found: readonly FoundTarget[]): string {
  const rest = found.length - MOST_NAMED;
  const named = found.slice(0, MOST_NAMED).map(({ target }) => target.pid);
  return `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

const unclear = (pid: number | undefined): string =>
  `it cannot be told ${pid === undefined ? "which process" : `whether process ${pid}`} is profiled`;
