// Does a request end well whatever is left of its time?
// SPDX-License-Identifier: MPL-2.0
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { endpointOf, post } from "../../../src/delivery/transport.js";

it.each([1500.5, 0.25, Number.POSITIVE_INFINITY, -3])("%s ms are no error", async (timeoutMs) => {
  const server = createServer((_request, response) => response.end());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  try {
    const endpoint = endpointOf(`http://127.0.0.1:${port}`, "/v1/traces");
    const reply = await post(endpoint, Buffer.from("x"), { contentType: "application/x-protobuf", timeoutMs });
    expect([0, 200]).toContain(reply.status);
    if (timeoutMs > 1000) expect(reply.status).toBe(200);
  } finally {
    server.close();
  }
});
