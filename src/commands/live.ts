// Where can a process be looked at while it runs? Prints the address of its agent's live page, and keeps that page open until Ctrl-C.
// SPDX-License-Identifier: MPL-2.0

import type { Environment } from "../config/configuration.js";
import { openAnswer } from "../door/doors.js";
import { attempt } from "../model/attempt.js";
import type { AskedAgent } from "./agents.js";
import { openPage } from "./browser.js";
import { chooseTarget } from "./choose-target.js";
import { exitCodes } from "./exit-codes.js";
import type { Terminal } from "./report.js";

export interface LiveParts {
  environment: Environment;
  ask: (environment: Environment) => Promise<AskedAgent[]>;
  terminal: Terminal;
  /** Aborted when the command is to end. */
  stop: AbortSignal;
}

/** Resolves to the exit code. `pid`: undefined where one target is there only; `open`: in a browser. */
export async function live(pid: number | undefined, open: boolean, parts: LiveParts): Promise<number> {
  const { environment, ask, terminal, stop } = parts;
  try {
    const found = chooseTarget(await ask(environment), pid, environment);
    if (typeof found === "string") {
      terminal.error(found);
      return exitCodes.noTarget.code;
    }
    const answer = await openAnswer(found.agent.place, { method: "POST", path: "/api/live" });
    if (stop.aborted) answer.destroy();
    else stop.addEventListener("abort", () => answer.destroy(), { once: true });
    const shown = (url: string): Promise<void> => show(`${url}#${found.target.id}`, open, parts);
    const problem = await followed(answer, shown);
    if (stop.aborted) return exitCodes.ok.code;
    if (problem !== undefined) terminal.error(`there is no live page: ${problem}`);
    else terminal.error("the agent has ended, and its live page with it; an open page keeps its last state");
    return problem === undefined ? exitCodes.ok.code : exitCodes.failed.code;
  } catch (error) {
    terminal.error((error as Error).message);
    return exitCodes.failed.code;
  }
}

async function show(address: string, open: boolean, { terminal, environment }: LiveParts): Promise<void> {
  terminal.out(`${address}\n`);
  const problem = open ? await openPage(address, environment) : undefined;
  if (problem !== undefined) terminal.error(`${problem}: open that address in a browser`);
}

/** Reads until the agent ends, or this command does. Why there is no page; undefined: there was one. */
async function followed(
  answer: AsyncIterable<Buffer> & { statusCode?: number | undefined },
  shown: (url: string) => Promise<void>,
): Promise<string | undefined> {
  let text = "";
  let url: string | undefined;
  try {
    for await (const piece of answer) {
      if (url !== undefined) continue;
      text += piece.toString("utf8");
      url = addressIn(text);
      if (url !== undefined) await shown(url);
    }
  } catch {
    // the end of the connection is that of the page
  }
  if (url !== undefined) return undefined;
  const nothing: { error?: unknown } = {};
  const { error } = attempt(() => JSON.parse(text) as typeof nothing, nothing);
  return String(error ?? `its agent answers with status ${answer.statusCode}: is it of another release?`);
}

/** Of the first event, once all of it is there. */
function addressIn(text: string): string | undefined {
  const [, data] = /^data: (.*)\n/m.exec(text) ?? [];
  return data === undefined ? undefined : attempt(() => String((JSON.parse(data) as { url: string }).url), undefined);
}
