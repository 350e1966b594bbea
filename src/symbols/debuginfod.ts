// Which debug files may servers have that the target's machine has not? Fetched in the background, kept where gdb looks too.
// SPDX-License-Identifier: MPL-2.0

import { statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../log.js";
import { attempt } from "../model/attempt.js";
import { moduleName } from "../model/module-name.js";
import { redact } from "../redact/text.js";
import { type FetchFailure, type FetchLimits, fetchFile } from "./debuginfod-fetch.js";

export interface DebuginfodRequest {
  /** Asked in this order; none: what is in the cache is used all the same. */
  urls: readonly string[];
  /** Of libdebuginfod's layout. */
  cache: string;
  limits: FetchLimits;
  log: Log;
  /** Whether the file is of this build. */
  check: (path: string, buildId: string) => Promise<boolean>;
  /** Milliseconds; any clock that does not jump. */
  now?: () => number;
  /** Is told while files come. */
  progress?: Progress;
}

/** How far it is with all files that were asked for. */
export interface FetchState {
  asked: number;
  /** Found or not. */
  ended: number;
  /** Received so far. */
  bytes: number;
  /** Whose file was begun, came or failed last. */
  module: string;
}

/** `outcome`: of the file that has just ended, else "". */
export type Progress = (state: FetchState, outcome: string) => void;

interface Entry {
  path: string;
  module: string;
  outcome: string;
  busy: boolean;
  /** Not asked for again before. */
  until: number;
}

const AT_ONCE = 2;
/** As libdebuginfod has it. */
const MISS_MS = 600_000;
/** A server that did not answer is left alone for so long. */
const DOWN_MS = 120_000;
/** Of one agent. */
const MOST_FILES = 500;
const MOST_BYTES = 2 * 1024 ** 3;

export class Debuginfod {
  readonly #request: DebuginfodRequest;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: string[] = [];
  readonly #down = new Map<string, number>();
  readonly #said = new Set<string>();
  readonly #end = new AbortController();
  readonly #state: FetchState = { asked: 0, ended: 0, bytes: 0, module: "" };
  #settled: (() => void)[] = [];
  #running = 0;
  #files = 0;
  #bytes = 0;

  constructor(request: DebuginfodRequest) {
    this.#request = request;
    this.#now = request.now ?? (() => performance.now());
  }

  /** Path of the file if it is here already, or "". */
  file(buildId: string): string {
    return this.#entry(buildId)?.path ?? "";
  }

  /** What became of it, or "". */
  outcome(buildId: string): string {
    return this.#entries.get(buildId)?.outcome ?? "";
  }

  get state(): FetchState {
    return { ...this.#state };
  }

  /** Fetches it in the background unless it is here, asked for, or known to be nowhere. Returns at once. `path`: of the module. */
  want(buildId: string, path = ""): void {
    const entry = this.#entry(buildId);
    const idle = this.#request.urls.length === 0 || this.#end.signal.aborted;
    if (idle || entry === undefined || entry.path !== "" || entry.busy || entry.until > this.#now()) return;
    if (this.#files >= MOST_FILES || this.#bytes >= MOST_BYTES) {
      entry.outcome = "over budget";
      this.#say("over budget", `debuginfod: no more files are fetched, ${this.#files} were`);
      return;
    }
    Object.assign(entry, { busy: true, outcome: "asked for", module: moduleName(path) || buildId });
    this.#state.asked++;
    this.#waiting.push(buildId);
    this.#next();
  }

  /** Resolves when every file that was asked for is here, or known not to come. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#next();
    });
  }

  /** Ends what is under way. */
  close(): void {
    this.#waiting.length = 0;
    this.#end.abort();
  }

  #entry(buildId: string): Entry | undefined {
    const known = this.#entries.get(buildId);
    if (known !== undefined || !isBuildId(buildId)) return known;
    const path = join(this.#request.cache, buildId, "debuginfo");
    const here = attempt(() => statSync(path).size, 0) > 0; // empty: libdebuginfod's mark of a miss
    const entry = { path: here ? path : "", module: "", outcome: here ? "cached" : "", busy: false, until: 0 };
    this.#entries.set(buildId, entry);
    return entry;
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const buildId = this.#waiting.shift();
      if (buildId === undefined) {
        if (this.#running === 0) for (const resolve of this.#settled.splice(0)) resolve();
        return;
      }
      this.#running++;
      void this.#fetch(buildId).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #fetch(buildId: string): Promise<void> {
    const entry = this.#entries.get(buildId);
    if (entry === undefined) return;
    this.#tell(entry);
    let outcome = "no answer";
    let until = this.#now() + DOWN_MS;
    for (const url of this.#request.urls) {
      if ((this.#down.get(url) ?? 0) > this.#now()) continue;
      outcome = await this.#from(url, buildId, entry);
      if (outcome === "found") entry.path = join(this.#request.cache, buildId, "debuginfo");
      if (outcome === "found" || this.#end.signal.aborted) break;
      if (outcome === "no answer" || outcome === "too slow") this.#down.set(url, this.#now() + DOWN_MS);
      else until = this.#now() + MISS_MS;
      if (outcome !== "not found") this.#say(`${url} ${outcome}`, `debuginfod: ${outcome}`, { server: redact(url) });
    }
    Object.assign(entry, { busy: false, outcome, until });
    this.#state.ended++;
    this.#tell(entry, outcome);
  }

  #tell({ module }: Entry, outcome = ""): void {
    this.#state.module = module;
    this.#request.progress?.(this.state, outcome);
    const { ended, asked } = this.#state;
    if (outcome !== "") this.#request.log.info(`debuginfod: ${module}: ${outcome}`, { files: `${ended} of ${asked}` });
  }

  async #from(url: string, buildId: string, entry: Entry): Promise<FetchFailure | "found" | "of another build"> {
    this.#files++;
    const dir = join(this.#request.cache, buildId);
    const part = join(dir, `debuginfo.${process.pid}-${this.#files}`);
    const made = await mkdir(dir, { recursive: true, mode: 0o700 }).catch(() => null);
    if (made === null) return "cannot be stored";
    const address = `${url.replace(/\/+$/, "")}/buildid/${buildId}/debuginfo`;
    const received = (bytes: number): void => {
      this.#state.bytes += bytes;
      this.#tell(entry);
    };
    const failure = await fetchFile(address, part, this.#request.limits, { signal: this.#end.signal, received });
    if (failure !== "") return failure;
    try {
      this.#bytes += statSync(part).size;
      if (await this.#request.check(part, buildId)) {
        await rename(part, join(dir, "debuginfo"));
        return "found";
      }
      await rm(part, { force: true });
      return "of another build";
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
      return "cannot be stored";
    }
  }

  #say(key: string, message: string, fields = {}): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.#request.log.warn(message, fields);
  }
}

/** Nothing else becomes part of a path or an address. */
const isBuildId = (text: string): boolean => /^([0-9a-f]{2}){2,64}$/.test(text);
