// Where can an agent send to while it is measured? Two servers on loopback that take everything and keep nothing.
// SPDX-License-Identifier: MPL-2.0
import { createServer } from "node:http";
import { Server, ServerCredentials } from "@grpc/grpc-js";

const bytes = (buffer) => buffer;
const exportMetrics = {
  path: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

export async function openServers() {
  const taken = { profiles: 0, metrics: 0 };
  const profiles = createServer((request, response) => {
    request.resume().once("end", () => {
      taken.profiles++;
      response.end();
    });
  });
  await new Promise((done) => profiles.listen(0, "127.0.0.1", done));
  const metrics = new Server();
  metrics.addService({ Export: exportMetrics }, { Export: (_, reply) => (taken.metrics++, reply(null, Buffer.alloc(0))) });
  const port = await new Promise((done, fail) => {
    metrics.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? fail(error) : done(bound)));
  });
  return {
    taken,
    environment: {
      GST_PYROSCOPE_SERVER_URL: `http://127.0.0.1:${profiles.address().port}`,
      GST_PYROSCOPE_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    },
    close: () => {
      profiles.close();
      metrics.forceShutdown();
    },
  };
}
