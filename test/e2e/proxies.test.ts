// Does everything of a real pipeline arrive through a proxy that only the environment names, and nothing of this machine's go there?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { FakeProxy } from "../helpers/fake-proxy.js";
import { until } from "../helpers/pipelines.js";
import { placeOfEachTest, serversIn, start } from "../helpers/served.js";

const place = placeOfEachTest();
const pipeline = "videotestsrc num-buffers=150 ! jpegenc ! fakesink";
const traces = { OTEL_TRACES_SAMPLING_RATIO: "1.0", OTEL_BSP_SCHEDULE_DELAY: "200" };

async function proxied(hosts: Record<string, number>, work: (proxy: FakeProxy) => Promise<void>): Promise<void> {
  const proxy = await FakeProxy.start({ hosts, credentials: "me:geheim" });
  try {
    await work(proxy);
  } finally {
    await proxy.stop();
  }
}

describe("an agent that the tracer started", () => {
  it("sends profiles, metrics and traces through the proxy of the environment", async () => {
    const { pyroscope, collector } = place();
    const hosts = { "pyroscope.example": pyroscope.lastPort, "collector.example": collector.port };
    await proxied(hosts, async (proxy) => {
      const servers = serversIn({
        pyroscope: { url: "http://pyroscope.example:4040" },
        collector: { url: "http://collector.example:4317" },
      });
      const { code } = await start(pipeline, "oteltracer", { ...servers, ...traces, http_proxy: proxy.url }).end;
      expect(code).toBe(0);
      await until(
        "all three",
        () => pyroscope.stored.length > 0 && collector.accepted > 0 && collector.spans.length > 0,
      );
      expect([...new Set(proxy.asked)].sort()).toEqual([
        "CONNECT collector.example:4317",
        "POST http://pyroscope.example:4040/push.v1.PusherService/Push",
      ]);
      expect(JSON.stringify([pyroscope.requests, collector.headers])).not.toMatch(/proxy-authorization|geheim/);
    });
  });

  it("asks no proxy for servers of this machine", async () => {
    const { pyroscope, collector } = place();
    await proxied({}, async (proxy) => {
      const names = { http_proxy: proxy.url, https_proxy: proxy.url, grpc_proxy: proxy.url };
      const { code } = await start(pipeline, "oteltracer", { ...serversIn(place()), ...traces, ...names }).end;
      expect(code).toBe(0);
      await until(
        "all three",
        () => pyroscope.stored.length > 0 && collector.accepted > 0 && collector.spans.length > 0,
      );
      expect(proxy.asked).toEqual([]);
    });
  });
});
