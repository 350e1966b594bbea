// Which targets do the agents of this user have? Asked through their control sockets; what they answer may come from another release.
// SPDX-License-Identifier: MPL-2.0

import type { Environment } from "../config/configuration.js";
import { askDoor, type DoorPlace, doors } from "../door/doors.js";
import { doorFolder, folderProblem, noFolder } from "../door/folder.js";
import type { TargetStatus } from "../live/live-target.js";
import { attempt } from "../model/attempt.js";

export interface AskedAgent {
  place: DoorPlace;
  version: string;
  targets: TargetStatus[];
  /** Why it did not answer; "" when it did. */
  problem: string;
}

/** A target, and the agent that has it. */
export interface FoundTarget {
  agent: AskedAgent;
  target: TargetStatus;
}

/** All that listen. Throws ERR_DOOR_FOLDER where the folder is not this user's. */
export async function askAgents(environment: Environment): Promise<AskedAgent[]> {
  const places = await doors(doorFolder(environment));
  return Promise.all(places.map(askAgent));
}

/** "" where agents of this user can be found; else what to do. */
export function obstacle(environment: Environment): string {
  const folder = doorFolder(environment);
  if (folder === null) return noFolder;
  const problem = folderProblem(folder);
  return problem === "" ? "" : `agents of this user have no control socket: ${problem}`;
}

export const targetsOf = (agents: readonly AskedAgent[]): FoundTarget[] =>
  agents.flatMap((agent) => agent.targets.map((target) => ({ agent, target })));

export async function askAgent(place: DoorPlace): Promise<AskedAgent> {
  try {
    const { status, text } = await askDoor(place, { method: "GET", path: "/api/status" });
    const said: unknown = attempt(() => JSON.parse(text), null);
    if (status !== 200 || !isObject(said) || !Array.isArray(said.targets))
      throw new Error(`it answers with status ${status} and no list of targets: is it of another release?`);
    const targets = said.targets.filter(isObject).map(targetOf);
    return { place, version: String(said.version ?? ""), targets, problem: "" };
  } catch (error) {
    return { place, version: "", targets: [], problem: problemOf(error as NodeJS.ErrnoException) };
  }
}

const problemOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === "ECONNRESET" || code === "EPIPE" ? "it ended, or closed the connection, before it answered" : message;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** Fields that an agent of another release does not have are empty. */
function targetOf(said: Record<string, unknown>): TargetStatus {
  const settings = isObject(said.settings) ? said.settings : {};
  const losses = isObject(said.losses) ? said.losses : {};
  return {
    id: number(said.id),
    pid: number(said.pid),
    service: text(said.service),
    command: text(said.command),
    pipelines: Array.isArray(said.pipelines) ? said.pipelines.map(text) : [],
    startTime: text(said.startTime),
    uptimeNs: number(said.uptimeNs),
    state: said.state === "ended" ? "ended" : "running",
    samples: number(said.samples),
    losses: Object.fromEntries(Object.entries(losses).map(([reason, n]) => [reason, number(n)])),
    settings: {
      enabled: settings.enabled === true,
      sampleRate: number(settings.sampleRate),
      wallRate: number(settings.wallRate),
      timing: text(settings.timing),
    },
  };
}
