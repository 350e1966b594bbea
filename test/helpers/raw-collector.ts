// What does a gRPC server get of an export of metrics, byte by byte, and what if it answers otherwise than a collector should?
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";

const same = (bytes: Buffer): Buffer => bytes;
const Export = {
  path: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  ...{ requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same },
  ...{ responseSerialize: same, responseDeserialize: same },
} as const;

/** undefined: none. */
export type RawAnswer = Buffer | Partial<ServiceError> | undefined;

export class RawCollector {
  readonly bodies: Buffer[] = [];
  readonly headers: Metadata[] = [];
  readonly peers = new Set<string>();
  answer: (tried: number) => RawAnswer = () => Buffer.alloc(0);
  port = 0;
  readonly #server: Server;

  private constructor(maxBytes: number) {
    this.#server = new Server({ "grpc.max_receive_message_length": maxBytes });
    this.#server.addService({ Export }, { Export: this.#serve.bind(this) });
  }

  static async start({ port = 0, maxBytes = 4 << 20 } = {}): Promise<RawCollector> {
    const raw = new RawCollector(maxBytes);
    raw.port = await new Promise<number>((resolve, reject) =>
      raw.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return raw;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown();
  }

  #serve(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void {
    this.bodies.push(call.request);
    this.headers.push(call.metadata);
    this.peers.add(call.getPeer());
    const answer = this.answer(this.bodies.length);
    if (Buffer.isBuffer(answer)) done(null, answer);
    else if (answer !== undefined) done(answer);
  }
}
