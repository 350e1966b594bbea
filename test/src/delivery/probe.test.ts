// Does doctor learn whether a server accepts connections, by the way that data would go, without sending any?
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { probeServer } from "../../../src/delivery/probe.js";
import { endpointOf } from "../../../src/delivery/transport.js";
import { FakeProxy, type FakeProxyOptions } from "../../helpers/fake-proxy.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Says nothing, and remembers what it heard. */
async function listener() {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.on("data", (bytes) => heard.push(String(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(
    () => server.close(),
    () => sockets.forEach((socket) => void socket.destroy()),
  );
  return { port: (server.address() as AddressInfo).port, heard };
}
async function closedPort(): Promise<number> {
  const { port } = await listener();
  for (const end of ends.splice(0).reverse()) await end();
  return port;
}
function probe(url: string, change: { variables?: Record<string, string>; tunnelled?: boolean; ms?: number } = {}) {
  const { variables = {}, tunnelled = false, ms = 60_000 } = change;
  const endpoint = endpointOf(url, "", {}, variables);
  return probeServer({ what: "profiles", shown: url, way: "", endpoint, tunnelled }, ms);
}
async function through(options: FakeProxyOptions) {
  const fake = await FakeProxy.start(options);
  ends.push(() => fake.stop());
  return { variables: { http_proxy: fake.url, https_proxy: fake.url }, asked: fake.asked };
}

describe("straight", () => {
  it("a server that listens is reached, and hears nothing", async () => {
    const { port, heard } = await listener();
    expect(await probe(`http://127.0.0.1:${port}`)).toEqual({ reached: true, detail: "accepts connections" });
    expect(heard).toEqual([]);
  });

  it("a port at which nobody listens is called so", async () => {
    const { reached, detail } = await probe(`http://127.0.0.1:${await closedPort()}`);
    expect([reached, detail]).toEqual([false, expect.stringContaining("nothing listens")]);
  });

  it("one that speaks no TLS is waited for until the time is over, and no longer", async () => {
    const { port } = await listener();
    expect(await probe(`https://127.0.0.1:${port}`, { ms: 30 })).toEqual({
      reached: false,
      detail: "no answer within 30 ms",
    });
  });
});

describe("through a proxy", () => {
  it("http is asked for without any data", async () => {
    const { variables, asked } = await through({ hosts: {}, status: 404 });
    expect(await probe("http://server.example/x", { variables })).toEqual({ reached: true, detail: "answers" });
    expect(asked).toEqual(["HEAD http://server.example/x"]);
  });

  it.each([403, 407, 502, 503, 504])("that answers %d has not reached it", async (status) => {
    const { variables } = await through({ hosts: {}, status });
    expect(await probe("http://server.example", { variables })).toEqual({
      reached: false,
      detail: `the proxy answers ${status}`,
    });
  });

  it("gRPC in the clear needs a connection to its port", async () => {
    const { port, heard } = await listener();
    const { variables, asked } = await through({ hosts: { "server.example": port } });
    expect(await probe("http://server.example:4317", { variables, tunnelled: true })).toMatchObject({ reached: true });
    expect([asked, heard]).toEqual([["CONNECT server.example:4317"], []]);
  });

  it("that connects nowhere says so in its own words", async () => {
    const { variables } = await through({ hosts: {} });
    expect(await probe("https://server.example", { variables })).toEqual({
      reached: false,
      detail: "the proxy answers 502 instead of connecting to server.example:443",
    });
  });

  it("whose address is none is not gone around", async () => {
    const { reached, detail } = await probe("http://server.example", { variables: { http_proxy: "socks://x" } });
    expect([reached, detail]).toEqual([false, expect.stringContaining("http_proxy is not the address of a proxy")]);
  });
});
