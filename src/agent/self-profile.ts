// What does the agent itself spend its time on? Its own profile, to the same server under a name of its own; only on request.
// SPDX-License-Identifier: MPL-2.0

import type { Config } from "../config/configuration.js";
import type { Log } from "../log.js";
import { importPackage } from "../outside.js";

/** What we use of @pyroscope/nodejs: an optional package, not made for every platform. */
interface Profiler {
  init(config: Record<string, unknown>): void;
  startWallProfiling(): void;
  stopWallProfiling(): Promise<void>;
}

/** Its requests have no time limit of their own. */
const STOP_MS = 1500;
/** The package has one profiler a process; under `run` an agent may serve several targets. */
export class SelfProfile {
  readonly #load: () => Promise<Profiler>;
  #users = 0;
  #running: Promise<Profiler | null> | null = null;

  constructor(load = loadProfiler) {
    this.#load = load;
  }

  /** Returns at once; what cannot be is said in one line. The result ends it: the last profile goes out, within bounds. */
  start(config: Config, log: Log): () => Promise<void> {
    if (!config.selfProfile) return async () => {};
    if (config.serverUrl === "") {
      log.warn("self-profile: there is no server to send it to");
      return async () => {};
    }
    this.#users++;
    this.#running ??= begin(config, log, this.#load);
    const started = this.#running;
    return async () => {
      if (--this.#users > 0) return;
      this.#running = null;
      const profiler = await started;
      if (profiler === null) return;
      const late = new Promise<void>((done) => setTimeout(done, STOP_MS).unref());
      await Promise.race([profiler.stopWallProfiling().catch(() => {}), late]);
    };
  }
}

async function begin(config: Config, log: Log, load: () => Promise<Profiler>): Promise<Profiler | null> {
  try {
    const profiler = await load();
    profiler.init({
      appName: `${config.tracerName}.agent`,
      serverAddress: config.serverUrl,
      tags: config.tags,
      flushIntervalMs: config.uploadInterval,
      wall: { collectCpuTime: true, samplingDurationMs: config.uploadInterval },
      ...(config.authToken !== "" && { authToken: config.authToken }),
      ...(config.basicAuthUser !== "" && {
        basicAuthUser: config.basicAuthUser,
        basicAuthPassword: config.basicAuthPassword,
      }),
      ...(config.tenantId !== "" && { tenantID: config.tenantId }),
    });
    profiler.startWallProfiling();
    return profiler;
  } catch (error) {
    log.warn("self-profile: not possible here", { reason: reasonOf(error as NodeJS.ErrnoException) });
    return null;
  }
}

/** npm does not install the package by itself: it is fifteen times as large as all of ours. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code?.endsWith("MODULE_NOT_FOUND"))
    return "a package is missing: npm install @pyroscope/nodejs where gst-pyroscope is";
  return message.split("\n")[0] ?? "";
}

/** Its native half is loaded with it, and is not there for every platform. */
async function loadProfiler(): Promise<Profiler> {
  const { default: profiler } = (await importPackage("@pyroscope/nodejs")) as { default: Profiler };
  return profiler;
}
