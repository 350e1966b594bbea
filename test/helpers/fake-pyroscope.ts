// What does a Pyroscope server on loopback see of us? A strict one: decodes, refuses what the real one refuses, and fails on demand.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { BadMessage, decodeMessage, type Message } from "./protobuf.js";
import { acceptProfile, pushSchema, Refusal, type StoredProfile } from "./pyroscope-rules.js";

export type FakeMode =
  | { answer: "judge" }
  /** Always this status, with these headers. */
  | { answer: "status"; status: number; headers?: Record<string, string>; body?: string }
  /** Reads the request and never answers. */
  | { answer: "hang" }
  /** Judges, but only after this time. */
  | { answer: "slow"; ms: number }
  /** Stores the profile, then resets the connection instead of answering. */
  | { answer: "reset" }
  /** Closes the connection as soon as it is opened. */
  | { answer: "close" };

export interface FakeOptions {
  port?: number;
  /** Path in front of /push.v1. */
  prefix?: string;
  /** Needed in Authorization. */
  authorization?: string;
  /** Multi-tenancy: X-Scope-OrgID is needed. */
  tenants?: boolean;
  nowNs?: () => bigint;
}

export interface SeenRequest {
  path: string;
  headers: IncomingMessage["headers"];
  status: number;
  message: string;
}

export class FakePyroscope {
  mode: FakeMode = { answer: "judge" };
  readonly requests: SeenRequest[] = [];
  /** As a reader of the server would find them: one a series and instant. */
  readonly stored: StoredProfile[] = [];
  duplicates = 0;
  openRequests = 0;
  /** The port it listens on, or listened on. */
  lastPort = 0;
  readonly #options: FakeOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: FakeOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      if (this.mode.answer === "close") socket.destroy();
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: FakeOptions = {}): Promise<FakePyroscope> {
    const fake = new FakePyroscope(options);
    await new Promise<void>((resolve, reject) => {
      fake.#server.once("error", reject);
      fake.#server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    fake.lastPort = (fake.#server.address() as AddressInfo).port;
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.lastPort}${this.#options.prefix ?? ""}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Nanoseconds by the value of a label, over everything stored. */
  /** Of profiles of that name. */
  sumBy(label: string, name: "process_cpu" | "wall" = "process_cpu"): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const profile of this.stored) {
      if (!profile.type.startsWith(`${name}:`)) continue;
      for (const { labels, value } of profile.samples) {
        const key = labels[label] ?? "";
        sums[key] = (sums[key] ?? 0) + value;
      }
    }
    return sums;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.openRequests++;
    response.once("close", () => this.openRequests--);
    const seen: SeenRequest = { path: request.url ?? "", headers: request.headers, status: 0, message: "" };
    this.requests.push(seen);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      seen.message = "request cut off";
      return;
    }
    const mode = this.mode;
    if (mode.answer === "hang") return;
    if (mode.answer === "slow") await new Promise((resolve) => setTimeout(resolve, mode.ms));
    const verdict = mode.answer === "status" ? mode : this.#judge(request, Buffer.concat(chunks));
    if (mode.answer === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    seen.status = verdict.status;
    seen.message = verdict.body ?? "";
    response.writeHead(verdict.status, verdict.headers ?? { "content-type": "application/json" }).end(verdict.body);
  }

  #judge(request: IncomingMessage, body: Buffer): { status: number; body?: string; headers?: Record<string, string> } {
    try {
      this.#checkRequest(request);
      for (const profile of this.#decode(body)) this.#store(profile);
      return { status: 200 };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: JSON.stringify({ code: error.code, message: error.message }) };
    }
  }

  #checkRequest({ url, method, headers }: IncomingMessage): void {
    const { prefix = "", authorization, tenants } = this.#options;
    if (authorization !== undefined && headers.authorization !== authorization) {
      throw new Refusal(401, "unauthenticated", "invalid credentials");
    }
    if (tenants && !/^[\w!.*'()-]{1,150}$/.test(String(headers["x-scope-orgid"] ?? ""))) {
      throw new Refusal(401, "unauthenticated", "no org id");
    }
    if (url !== `${prefix}/push.v1.PusherService/Push`) throw new Refusal(404, "not_found", "404 page not found");
    if (method !== "POST") throw new Refusal(405, "unimplemented", "method not allowed");
    if (headers["content-type"] !== "application/proto") throw new Refusal(415, "unknown", "unsupported media type");
  }

  #decode(body: Buffer): StoredProfile[] {
    const nowNs = (this.#options.nowNs ?? (() => BigInt(Date.now()) * 1_000_000n))();
    let push: Message;
    try {
      push = decodeMessage(body, pushSchema);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      throw new Refusal(400, "invalid_argument", `unmarshal message: ${error.message}`);
    }
    if (push.series.length === 0) throw new Refusal(400, "invalid_argument", "no profiles received");
    return push.series.flatMap(({ labels, samples }: Message) =>
      samples.map(({ rawProfile }: Message) => acceptProfile(labels, rawProfile ?? new Uint8Array(), nowNs)),
    );
  }

  #store(profile: StoredProfile): void {
    // The newer storage compares nanoseconds, the older one milliseconds: the strictest counts.
    const ms = (time: bigint) => time / 1_000_000n;
    const series = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort());
    const taken = new Set(
      this.stored
        .filter((other) => ms(other.timeNanos) === ms(profile.timeNanos) && other.type === profile.type)
        .flatMap((other) => other.samples.map(({ labels }) => series(labels))),
    );
    const fresh = profile.samples.filter(({ labels }) => !taken.has(series(labels)));
    if (fresh.length < profile.samples.length) this.duplicates++;
    if (fresh.length > 0) this.stored.push({ ...profile, samples: fresh });
  }
}
