// How do windows of pipelines reach the session service, several at once when it was away, and what does it want to see next?
// SPDX-License-Identifier: MPL-2.0

import { Agent } from "node:http";
import { promisify } from "node:util";
import { constants, gzip, gzipSync } from "node:zlib";
import { judgeWindows } from "../../delivery/answers.js";
import { outcomeTable } from "../../delivery/outcomes.js";
import { type DeliveryContext, UploadQueue } from "../../delivery/queue.js";
import { type Backoff, defaultBackoff, deliver } from "../../delivery/retry.js";
import { type Reporting, ServerState } from "../../delivery/server-state.js";
import { type Credentials, type Endpoint, endpointOf, post, type Reply } from "../../delivery/transport.js";
import type { UploadCode } from "../../errors.js";
import type { Log } from "../../log.js";
import { attempt } from "../../model/attempt.js";

/** Elements are alike: more work, or more of them to look back at, would save little. */
const packing = { level: constants.Z_BEST_SPEED, windowBits: 13, memLevel: 6 };
const zip = promisify(gzip);
/** No more than one packet; to a service on this machine there are none, and to pack takes longer than to send. */
const NO_PACKING = 1400;
/** The window of a pipeline takes less time than to hand it to another thread; what waited while the service was away does not. */
const MOST_AT_ONCE = 128 * 1024;
const PATH = "/api/pipeline-windows";
/** A stall is explained within seconds; what is older serves as a baseline only. */
const MAX_AGE_MS = 15 * 60_000;
/** About ten minutes of a pipeline of thirty elements. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Between two windows. */
const backoff: Backoff = { ...defaultBackoff, maxMs: 10_000 };
const MAX_PAUSE_MS = 60_000;

export interface WindowsOptions {
  /** May have a path prefix and credentials. */
  server: string;
  /** "" = none: the service may be open to all of this machine. */
  token: string;
  project: string;
  version: string;
  /** Of the format: windows in one body, bytes of it before compression. */
  limits: { windows: number; bodyBytes: number };
  log: Log;
  servers?: Reporting | undefined;
  /** So many windows were given up, for the reason told. */
  lost: (windows: number, code: UploadCode) => void;
  /** What the service answered to a body that it took. */
  answered: (answer: unknown) => void;
  /** Of everything that waits, as JSON. */
  maxBytes?: number;
  timeoutMs?: number;
  backoff?: Backoff;
}

interface Waiting {
  readonly bytes: number;
  /** JSON of one window. */
  readonly text: string;
  readonly expiresAt: number;
}

/** Of a body without its windows. */
const FRAME_BYTES = 1024;

export class WindowsOutput {
  readonly #options: WindowsOptions;
  readonly #endpoint: Endpoint;
  readonly #queue: UploadQueue<Waiting>;
  readonly #state: ServerState;
  /** One connection serves one window after the other; until the first one is sent nobody needs it. */
  #agent: Promise<Agent> | undefined;
  #pauseMs = 0;

  /** Throws ERR_SERVER_URL. */
  constructor(options: WindowsOptions) {
    this.#options = options;
    const headers = { "user-agent": `gst-pyroscope/${options.version}` };
    const token = options.token === "" ? {} : { "x-mtrace-token": options.token };
    const credentials: Credentials = { headers: { ...headers, ...token } };
    this.#endpoint = endpointOf(options.server, PATH, credentials);
    const { maxBytes = MAX_BYTES } = options;
    const kept = `the latest ${Math.round(maxBytes / 1024)} KiB wait and are tried again`;
    this.#state = new ServerState("windows of pipelines", this.#endpoint.shown, kept, options.log);
    options.servers?.push(this.#state);
    this.#queue = new UploadQueue<Waiting>({
      maxBytes,
      parallel: 1,
      work: (first, context) => this.#deliver(first, context),
      dropped: (_, why) => this.#lost(1, why === "overflow" ? "ERR_UPLOAD_OVERFLOW" : "ERR_UPLOAD_ENDED"),
    });
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Queues one window. */
  send(window: object): void {
    const text = JSON.stringify(window);
    this.#queue.add({ text, bytes: Buffer.byteLength(text), expiresAt: performance.now() + MAX_AGE_MS });
  }

  /** Tries to deliver everything now; true when nothing is left. */
  flush(ms: number): Promise<boolean> {
    return this.#queue.flush(ms);
  }

  /** The last flush; what cannot be delivered in time is given up. */
  async close(ms: number): Promise<boolean> {
    const all = await this.#queue.close(ms);
    (await this.#agent)?.destroy();
    return all;
  }

  async #deliver(first: Waiting, context: DeliveryContext<Waiting>): Promise<void> {
    const batch = this.#joined(first, context);
    const given = await deliver(() => this.#attempt(batch, context.signal), {
      expiresAt: first.expiresAt,
      now: () => performance.now(),
      backoff: this.#options.backoff ?? backoff,
      wait: context.wait,
      failed: (kind, { message }) => {
        if (kind === "invalid" || !context.signal.aborted) this.#state.tried(kind, message);
      },
    });
    if (given === null) {
      this.#state.succeeded();
      this.#pauseMs = 0;
      return;
    }
    this.#lost(batch.length, given.code);
    if (!outcomeTable[given.kind].pause) return;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(backoff.firstMs, 2 * this.#pauseMs));
    await context.wait(this.#pauseMs);
  }

  /**
   * With what waits behind it, as much as one body may have. What comes later does not go along: while the service is away that would
   * be packed and sent at each try.
   */
  #joined(first: Waiting, { next }: DeliveryContext<Waiting>): Waiting[] {
    const { limits } = this.#options;
    const batch = [first];
    let bytes = FRAME_BYTES + first.bytes + 1;
    while (batch.length < limits.windows) {
      const more = next((one) => bytes + one.bytes + 1 <= limits.bodyBytes);
      if (more === undefined) break;
      batch.push(more);
      bytes += more.bytes + 1;
    }
    return batch;
  }

  async #attempt(batch: readonly Waiting[], signal: AbortSignal): Promise<Reply> {
    const { project, timeoutMs = 10_000, answered } = this.#options;
    const { url, route } = this.#endpoint;
    const isNear = route.kind === "direct" && route.why === "loopback";
    const { body, encoding } = await packed(bodyOf(project, batch), isNear);
    this.#agent ??= keepingAgent(url);
    const how = { contentType: "application/json", encoding, timeoutMs, signal, agent: await this.#agent };
    const reply = judgeWindows(await post(this.#endpoint, body, how));
    if (reply.status >= 200 && reply.status < 300 && !reply.foreign)
      answered(attempt(() => JSON.parse(Buffer.from(reply.body ?? []).toString()), null));
    return { ...reply, message: advised(reply, project) };
  }

  #lost(windows: number, code: UploadCode): void {
    this.#options.lost(windows, code);
  }
}

interface Packed {
  body: Uint8Array;
  encoding: "gzip" | undefined;
}

async function packed(text: string, isNear: boolean): Promise<Packed> {
  if (text.length > MOST_AT_ONCE) return { body: await zip(text, packing), encoding: "gzip" };
  if (isNear || text.length < NO_PACKING) return { body: Buffer.from(text), encoding: undefined };
  return { body: gzipSync(text, packing), encoding: "gzip" };
}

async function keepingAgent(url: string): Promise<Agent> {
  const how = { keepAlive: true, maxSockets: 1 };
  return url.startsWith("https:") ? new (await import("node:https")).Agent(how) : new Agent(how);
}

/** The service compares `sent_at` with its own clock: written when the body is. */
function bodyOf(project: string, batch: readonly Waiting[]): string {
  const head = JSON.stringify({ schema_version: "1.0", project_id: project, sent_at: new Date().toISOString() });
  return `${head.slice(0, -1)},"windows":[${batch.map(({ text }) => text).join(",")}]}`;
}

/** What the service says is wrong, and which of our options says otherwise. */
function advised({ status, message }: Reply, project: string): string {
  if (status !== 401 && status !== 403) return message;
  const file = "GST_PYROSCOPE_WINDOWS_TOKEN or a configuration file";
  return `${message}; windows-token (${file}) must be a token of the kind pipeline, windows-project ("${project}") its project`;
}
