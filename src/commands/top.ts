// `top`: which elements of a running pipeline are busy now? On a terminal a table that moves, elsewhere a block of lines each second.
// SPDX-License-Identifier: MPL-2.0

import type { ReadStream, WriteStream } from "node:tty";
import pico from "picocolors";
import type { Environment } from "../config/configuration.js";
import { CodedError } from "../errors.js";
import { printable } from "../model/printable.js";
import { type AskedAgent, askAgents, type FoundTarget, targetsOf } from "./agents.js";
import { chooseTarget } from "./choose-target.js";
import { exitCodes } from "./exit-codes.js";
import { FollowedTarget } from "./followed-target.js";
import type { Ended } from "./launch.js";
import { topLines } from "./top-lines.js";
import { type TopFlags, topRequest } from "./top-request.js";
import { topOnScreen } from "./top-screen.js";

export interface TopParts {
  environment: Environment;
  agents: () => Promise<AskedAgent[]>;
  input: ReadStream;
  output: WriteStream;
  /** A line to the error stream. */
  say: (line: string) => void;
  colour: boolean;
}

/** Those of this process. */
export function ownScreen(environment: Environment): TopParts {
  return {
    environment,
    agents: () => askAgents(environment),
    input: process.stdin,
    output: process.stdout,
    say: (line) => void process.stderr.write(`${printable(`gst-pyroscope: ${line}`)}\n`),
    colour: pico.isColorSupported && process.stdout.isTTY === true,
  };
}

/** Wide enough for every column, where nobody says how wide it is. */
const PLAIN_COLUMNS = 160;

export async function top(pid: number | undefined, flags: TopFlags, parts: TopParts): Promise<Ended> {
  const request = topRequest(flags);
  if (typeof request === "string") return refused(request, exitCodes.usage.code, parts);
  try {
    const agents = await parts.agents();
    const found = chooseTarget(agents, pid, parts.environment);
    if (typeof found === "string") {
      const ended = refused(found, exitCodes.noTarget.code, parts);
      if (pid === undefined) for (const line of choice(agents)) parts.say(line);
      return ended;
    }
    const { agents: ask, input, output } = parts;
    const followed = new FollowedTarget(found, { agents: ask, waitMs: request.waitMs, now: () => performance.now() });
    const plain = request.json || request.count !== undefined || !isScreen(parts);
    return plain
      ? { code: await topLines(followed, request, { ...parts, ...lineWriter(output) }) }
      : await topOnScreen(followed, request, { ...parts, input, output });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return refused(error.message, exitCodes.failed.code, parts);
  }
}

/** A terminal that keys come from, and whose cursor can be put anywhere. */
const isScreen = ({ input, output, environment: { TERM = "dumb" } }: TopParts): boolean =>
  input.isTTY === true && output.isTTY === true && TERM !== "dumb";

function refused(sentence: string, code: number, { say }: TopParts): Ended {
  say(sentence);
  return { code };
}

/** Those that can be named, each with what it is called. */
const choice = (agents: readonly AskedAgent[]): string[] =>
  targetsOf(agents)
    .filter(({ target }) => target.state === "running")
    .map(({ target }: FoundTarget) => `  ${target.pid}  ${target.service}  ${target.command}`);

/** A reader that has seen enough (`| head`) is no failure. */
function lineWriter(output: WriteStream) {
  const reader = new AbortController();
  output.on("error", () => reader.abort());
  return {
    out: (text: string) => void output.write(text),
    reader: reader.signal,
    columns: output.columns || PLAIN_COLUMNS,
  };
}
