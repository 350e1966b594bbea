// What does `gst-pyroscope serve` do? Starts the service, or removes sessions, or keeps the list of tokens.
// SPDX-License-Identifier: MPL-2.0
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { help } from "./help.js";
import { maintain } from "./maintain.js";
import { openStoreOf } from "./open-store.js";
import { type Asked, readOptions, UsageError } from "./options.js";
import { whenLabEnds } from "./origin/parent-lab.js";
import { startService } from "./service.js";
import { systemClock } from "./sessions/clock.js";
import { jsonLog } from "./telemetry/log.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const USAGE = 2;
const FAILED = 1;
/** From the signal to the end of the process, whatever is still under way. */
const END_MS = 1900;

const out = (text: string): void => void process.stdout.write(text);
const say = (sentence: string): void => void process.stderr.write(`gst-pyroscope serve: ${sentence}\n`);

/** Resolves to the exit code; of the server when it has ended. */
export async function main(args: string[]): Promise<number> {
  try {
    const asked = readOptions(args, process.env);
    if (asked.action.what === "help") out(help());
    else if (asked.action.what === "version") out(`${version}\n`);
    else if (asked.action.what === "serve") await serve(asked);
    else await maintain(asked, out);
    return 0;
  } catch (error) {
    say((error as Error).message);
    return error instanceof UsageError ? USAGE : FAILED;
  }
}

async function serve({ settings }: Asked): Promise<void> {
  const stopped = askedToEnd(settings.lab);
  const log = jsonLog((line) => process.stderr.write(line), systemClock.now);
  const store = await openStoreOf(settings);
  const uiFolder = fileURLToPath(new URL("ui", import.meta.url));
  const parts = { settings, store, clock: systemClock, log, uiFolder, version, environment: process.env };
  const service = await startService(parts).catch(async (error) => {
    await store.close();
    throw error;
  });
  // The demo player sends with the lab's token: without it every one of its events would be refused.
  const demo = settings.lab ? `demo player: ${service.url}/demo\n` : "";
  out(`listening on ${service.url}\ndashboard: ${service.entry}\n${demo}`);
  log.info("the service is ready", {
    address: settings.address,
    store: (await store.stats()).adapter,
    lab: settings.lab,
  });
  await stopped;
  const late = setTimeout(() => process.exit(FAILED), END_MS);
  await service.close();
  clearTimeout(late);
  log.info("the service has ended");
}

/** Resolves at the first signal that asks for the end; in a lab also when the lab is gone. */
function askedToEnd(lab: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (lab) whenLabEnds(resolve);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
  });
}

function isProgram(): boolean {
  const [, program] = process.argv;
  return program !== undefined && realpathSync(program) === fileURLToPath(import.meta.url);
}

if (isProgram()) process.exitCode = await main(process.argv.slice(2));
