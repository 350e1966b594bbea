// Who takes the spans while an agent is measured, without its own work being counted? A collector and a profile server
// in a process of their own, which count what they answered.
// SPDX-License-Identifier: MPL-2.0
//   server-process.mjs DELAY_MS    prints where it listens, then, for every line it reads, what came so far
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Server, ServerCredentials } from "@grpc/grpc-js";

const delayMs = Number(process.argv[2] ?? 0);
const taken = { profiles: 0, metrics: 0, exports: 0, spans: 0, smallest: 0, largest: 0, values: {} };

/** The fields of a message as [number, value]: enough of protobuf for what is counted here. */
function* fieldsOf(bytes) {
  let at = 0;
  const varint = () => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const [number, wire] = [key >> 3, key & 7];
    const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : wire === 5 ? 4 : 0;
    const value = wire === 0 ? varint() : bytes.subarray(at, at + length);
    at += length;
    yield [number, value];
  }
}

function* below(bytes, number, ...deeper) {
  for (const [found, value] of fieldsOf(bytes)) {
    if (found !== number) continue;
    if (deeper.length === 0) yield value;
    else yield* below(value, ...deeper);
  }
}

function takeSpans(request) {
  let spans = 0;
  for (const _ of below(request, 1, 2, 2)) spans++;
  taken.exports++;
  taken.spans += spans;
  taken.smallest = taken.exports === 1 ? spans : Math.min(taken.smallest, spans);
  taken.largest = Math.max(taken.largest, spans);
}

/** The latest value of each sum, by name and the last attribute of its point. */
function takeSums(request) {
  for (const metric of below(request, 1, 2, 2)) {
    const name = [...below(metric, 1)].at(0)?.toString();
    if (!name?.startsWith("gstreamer.profiler.")) continue;
    for (const point of below(metric, 7, 1)) {
      const attribute = [...below(point, 7, 2, 1)].at(-1)?.toString() ?? "";
      const [int, double] = [[...below(point, 6)][0], [...below(point, 4)][0]];
      taken.values[`${name} ${attribute}`.trim()] = int ? Number(int.readBigInt64LE()) : (double?.readDoubleLE() ?? 0);
    }
  }
}

const bytes = (buffer) => buffer;
const service = (path) => ({
  Export: { path, requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes },
});

const collector = new Server();
collector.addService(service("/opentelemetry.proto.collector.trace.v1.TraceService/Export"), {
  Export: async (call, reply) => {
    if (delayMs > 0) await pause(delayMs);
    if (call.cancelled) return; // its sender has counted it as lost
    takeSpans(call.request);
    reply(null, Buffer.alloc(0));
  },
});
collector.addService(service("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"), {
  Export: (call, reply) => (taken.metrics++, takeSums(call.request), reply(null, Buffer.alloc(0))),
});
const port = await new Promise((done, fail) => {
  collector.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? fail(error) : done(bound)));
});
/** As Pyroscope answers; a success that says nothing of itself is refused, and what was sent is kept and tried again. */
const profiles = createServer((request, response) => {
  request.resume().once("end", () => {
    taken.profiles++;
    response.writeHead(200, { "content-type": "application/proto" }).end();
  });
});
await new Promise((done) => profiles.listen(0, "127.0.0.1", done));
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
say({ GST_PYROSCOPE_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, GST_PYROSCOPE_SERVER_URL: `http://127.0.0.1:${profiles.address().port}` });
for await (const _ of createInterface({ input: process.stdin })) say(taken);
process.exit(0);
