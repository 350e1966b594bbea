// What does a session service on loopback see of an agent? A strict one: it checks each body against the published schema, and fails on demand.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { Ajv } from "ajv";
import type { PipelineWindow, StacksWanted } from "../../src/windows/pipeline-window.js";
import { root } from "./tree.js";

const schema = JSON.parse(readFileSync(`${root}packages/contract/schema/pipeline-windows-1.0.json`, "utf8"));

export interface SeenBody {
  url: string | undefined;
  token: string | undefined;
  encoding: string | undefined;
  /** As they came. */
  bytes: number;
  project: string;
  sentMs: number;
  windows: number;
}

export class WindowsServer {
  /** 202: takes what the schema permits. */
  status = 202;
  message = "";
  want: StacksWanted[] = [];
  /** Bodies that were taken. */
  readonly bodies: SeenBody[] = [];
  readonly windows: PipelineWindow[] = [];
  /** What the schema refused. */
  readonly problems: unknown[] = [];
  requests = 0;
  answered = 0;
  /** So far, and those that are there now. */
  connections = 0;
  open = 0;
  readonly #server: Server;
  readonly #validate = new Ajv({ allowUnionTypes: true }).compile(schema);

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      this.connections++;
      this.open++;
      socket.once("close", () => this.open--);
    });
  }

  static async start(port = 0): Promise<WindowsServer> {
    const server = new WindowsServer();
    await new Promise<void>((done, fail) => {
      server.#server.once("error", fail);
      server.#server.listen(port, "127.0.0.1", done);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer =
      this.status === 202 ? this.#take(request, Buffer.concat(chunks)) : { error: "refused", reason: this.message };
    response.writeHead(this.status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    this.answered++;
  }

  #take({ url, headers }: IncomingMessage, packed: Buffer): object {
    const encoding = headers["content-encoding"];
    const body = JSON.parse((encoding === "gzip" ? gunzipSync(packed) : packed).toString());
    if (!this.#validate(body)) this.problems.push(this.#validate.errors);
    const { windows, project_id: project, sent_at } = body;
    const token = headers["x-mtrace-token"] as string | undefined;
    this.bodies.push({
      url,
      token,
      encoding,
      bytes: packed.length,
      project,
      sentMs: Date.parse(sent_at),
      windows: windows.length,
    });
    this.windows.push(...windows);
    return { accepted: windows.length, ...(this.want.length > 0 && { want: this.want }) };
  }
}
