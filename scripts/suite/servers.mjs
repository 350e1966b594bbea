// Do the agents of the suites' processes deliver? Two servers on loopback that accept all they are sent and count it: profiles as
// Pyroscope would, metrics as a collector would. Every agent that ends well has sent its metrics. For scripts/suite.mjs.
// SPDX-License-Identifier: MPL-2.0
import { createServer as createHttp } from "node:http";
import { createServer as createHttp2 } from "node:http2";

function listening(server) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

/** { pyroscope, collector: URLs; taken(): { agents, profiles } since the last call; close() }. */
export async function startServers() {
  let [agents, profiles] = [0, 0];
  const pyroscope = createHttp((request, response) => {
    request.on("error", () => {}).resume();
    request.on("end", () => {
      if (request.method === "POST") profiles++;
      response.end("{}");
    });
  });
  const collector = createHttp2();
  const exported = new WeakSet();
  collector.on("stream", (stream) => {
    stream.on("error", () => {}).resume();
    stream.on("end", () => {
      // One connection is one agent; gRPC's empty answer is five zeros and a status behind them.
      if (!exported.has(stream.session)) agents++;
      exported.add(stream.session);
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.end(Buffer.alloc(5));
    });
  });
  collector.on("sessionError", () => {});
  return {
    pyroscope: await listening(pyroscope),
    collector: await listening(collector),
    taken() {
      const since = { agents, profiles };
      [agents, profiles] = [0, 0];
      return since;
    },
    close() {
      for (const server of [pyroscope, collector]) server.close();
      pyroscope.closeAllConnections();
    },
  };
}
