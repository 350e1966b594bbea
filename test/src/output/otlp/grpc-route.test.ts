// Does a channel of gRPC go where our own rule says, and is a proxy's refusal told although gRPC keeps it to itself?
import { describe, expect, it } from "vitest";
import { routeTo } from "../../../../src/delivery/proxies.js";
import { grpcWay, unconnected } from "../../../../src/output/otlp/grpc-route.js";

const URL_ = "http://collector.example:4317";
const direct = routeTo(URL_, {});
const proxied = (address: string) => routeTo(URL_, { http_proxy: address });

describe("the way", () => {
  it("without a proxy leads to the server itself, and gRPC may look for no proxy of its own", () => {
    expect(grpcWay(URL_, direct)).toEqual({
      address: "collector.example:4317",
      options: { "grpc.enable_http_proxy": 0 },
    });
    expect(grpcWay("https://collector.example", direct).address).toBe("collector.example:443");
    expect(grpcWay("http://[::1]:4317", direct).address).toBe("[::1]:4317");
  });

  it("through a proxy leads to the proxy, with the server as target, name and authority", () => {
    expect(grpcWay(URL_, proxied("http://proxy.example:3128"))).toEqual({
      address: "dns:proxy.example:3128",
      options: {
        "grpc.enable_http_proxy": 0,
        "grpc.http_connect_target": "dns:collector.example:4317",
        "grpc.default_authority": "collector.example:4317",
      },
    });
  });

  it("has the proxy's credentials where it wants some", () => {
    const { options } = grpcWay(URL_, proxied("http://u:p%40ss@proxy.example:3128"));
    expect(options["grpc.http_connect_creds"]).toBe("u:p@ss");
  });
});

describe("no connection", () => {
  it("is told by what was seen last, without gRPC's own words around it", () => {
    const details =
      "No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:4317. Resolution note: nothing";
    expect(unconnected(URL_, direct, details)).toEqual({
      status: 503,
      message: "the connection was refused: nothing listens at this address and port",
    });
    expect(unconnected(URL_, direct, "No connection established. Last error: something odd").message).toBe(
      "something odd",
    );
  });

  it("names the proxy in between, never with its password", () => {
    const route = proxied("http://u:hunter2@proxy.example:3128");
    const { status, message } = unconnected(
      URL_,
      route,
      "No connection established. Last error: Error: read ECONNRESET",
    );
    expect(status).toBe(503);
    expect(message).toMatch(/^through the proxy http:\/\/proxy\.example:3128: the server closed the connection/);
    expect(message).not.toContain("hunter2");
  });

  it("of which a proxy told nothing is no connection, also for another proxy's word", () => {
    const { status, message } = unconnected(URL_, proxied("http://quiet.example:1"), "Last error: undefined");
    expect([status, message]).toEqual([503, "through the proxy http://quiet.example:1: no connection"]);
  });
});
