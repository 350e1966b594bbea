// What does a proxy see of us? One that connects and forwards, knows names that nobody else resolves, and may want a password.

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface FakeProxyOptions {
  /** Names to ports of this machine; whatever else is answered with 502. */
  hosts: Record<string, number>;
  /** `user:password` that is needed. */
  credentials?: string;
  /** Answers everything so. */
  status?: number;
}

export class FakeProxy {
  /** `CONNECT collector.example:4317`, `POST http://pyroscope.example/…`. */
  readonly asked: string[] = [];
  readonly #options: FakeProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: FakeProxyOptions) {
    this.#options = options;
    this.#server = createServer((asked, answer) => this.#forward(asked, answer));
    this.#server.on("connect", (asked: IncomingMessage, socket: Socket) => this.#tunnel(asked, socket));
    this.#server.on("connection", (socket) => this.#keep(socket));
  }

  static async start(options: FakeProxyOptions): Promise<FakeProxy> {
    const proxy = new FakeProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** With the credentials that it wants. */
  get url(): string {
    const { credentials } = this.#options;
    return `http://${credentials ? `${credentials}@` : ""}127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }

  /** 0: go on; else what to answer. */
  #refusal({ headers }: IncomingMessage, port: number | undefined): number {
    const { credentials, status = 0 } = this.#options;
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
    if (wanted && headers["proxy-authorization"] !== wanted) return 407;
    return status || (port === undefined ? 502 : 0);
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    this.asked.push(`${asked.method} ${asked.url}`);
    const { hostname, pathname } = new URL(asked.url ?? "", "http://origin-form.invalid");
    const port = this.#options.hosts[hostname];
    const refusal = this.#refusal(asked, port);
    if (refusal > 0) {
      answer.writeHead(refusal, { "content-type": "text/html" }).end("<title>The proxy</title>");
      return;
    }
    const { "proxy-authorization": _, ...headers } = asked.headers;
    const onward = request({ host: "127.0.0.1", port, method: asked.method, path: pathname, headers });
    onward.on("response", (reply) => {
      answer.writeHead(reply.statusCode ?? 0, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => answer.writeHead(502).end());
    asked.pipe(onward);
  }

  #tunnel(asked: IncomingMessage, socket: Socket): void {
    this.asked.push(`CONNECT ${asked.url}`);
    const port = this.#options.hosts[asked.url?.split(":")[0] ?? ""];
    const refusal = this.#refusal(asked, port);
    if (refusal > 0 || port === undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect({ host: "127.0.0.1", port }, () => {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    this.#keep(onward);
  }
}
