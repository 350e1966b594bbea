// `set`: what of a running target is changed, from what to what, and what cannot be?
// SPDX-License-Identifier: MPL-2.0

import type { Environment } from "../config/configuration.js";
import { askDoor } from "../door/doors.js";
import { CodedError } from "../errors.js";
import type { SettingResult } from "../live/live-target.js";
import { attempt } from "../model/attempt.js";
import { printable } from "../model/printable.js";
import type { AskedAgent, FoundTarget } from "./agents.js";
import { chooseTarget } from "./choose-target.js";
import { exitCodes } from "./exit-codes.js";
import type { Terminal } from "./report.js";

export interface SetParts {
  environment: Environment;
  ask: (environment: Environment) => Promise<AskedAgent[]>;
  terminal: Terminal;
}

/** `words`: the process id, unless one target is there only, and name=value for each change. Resolves to the exit code. */
export async function set(words: readonly string[], { environment, ask, terminal }: SetParts): Promise<number> {
  const asked = parse(words);
  if (typeof asked === "string") {
    terminal.error(asked);
    return exitCodes.usage.code;
  }
  try {
    const found = chooseTarget(await ask(environment), asked.pid, environment);
    if (typeof found === "string") {
      terminal.error(found);
      return exitCodes.noTarget.code;
    }
    return await send(found, asked.changes, terminal);
  } catch (error) {
    terminal.error((error as Error).message);
    return (error instanceof CodedError ? exitCodes.failed : exitCodes.noTarget).code;
  }
}

/** What was asked for, or what is wrong with it. */
function parse(words: readonly string[]): { pid: number | undefined; changes: Record<string, string> } | string {
  const [first = ""] = words;
  const pid = /^\d+$/.test(first) ? Number(first) : undefined;
  const pairs = pid === undefined ? words : words.slice(1);
  const wrong = pairs.find((word) => !/^[a-z][a-z0-9-]*=/.test(word));
  if (wrong !== undefined) return `${wrong} is no change: write name=value, as in sample-rate=250`;
  if (pairs.length === 0) return "there is nothing to change: gst-pyroscope set PID sample-rate=250";
  const changes = pairs.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
  return { pid, changes: Object.fromEntries(changes) };
}

async function send({ agent, target }: FoundTarget, changes: Record<string, string>, terminal: Terminal) {
  const path = `/api/targets/${target.id}/set`;
  const { status, text } = await askDoor(agent.place, { method: "POST", path, body: changes });
  const results: unknown = attempt(() => JSON.parse(text), null);
  if (status !== 200 || !Array.isArray(results)) throw new Error(refusal(status, results, agent.version));
  const outcomes = results.map(outcomeOf);
  terminal.out(outcomes.map(({ text }) => `${printable(text)}\n`).join(""));
  return (outcomes.some(({ refused }) => refused) ? exitCodes.changeRefused : exitCodes.ok).code;
}

function refusal(status: number, answer: unknown, version: string): string {
  const { error } = (answer ?? {}) as { error?: unknown };
  if (status === 404) return `its agent (${version || "of another release"}) changes no settings`;
  return `its agent answers with status ${status}${typeof error === "string" ? `: ${error}` : ""}`;
}

/** What is not known to be well counts as refused. */
function outcomeOf(said: Partial<SettingResult> | null): { text: string; refused: boolean } {
  const { name = "", value = "", outcome = "", text = "" } = said ?? {};
  const refused = outcome !== "changed" && outcome !== "unchanged";
  return { text: String(text) || `${name}: ${refused ? "not changed" : value}`, refused };
}
