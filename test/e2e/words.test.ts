// Does somebody who started it by the environment alone hear what goes wrong, once, in GStreamer's own log, and nothing that does harm?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { findSegments } from "../../src/attach/segments.js";
import { loadNative } from "../../src/native.js";
import { FakePyroscope } from "../helpers/fake-pyroscope.js";
import { ended, pluginEnvironment, until, words } from "../helpers/pipelines.js";
import { placeOfEachTest, serversIn, start } from "../helpers/served.js";

const place = placeOfEachTest();
/** Real time, so that there are several uploads. */
const paced = (seconds: number) => `videotestsrc is-live=true num-buffers=${seconds * 30} ! jpegenc ! fakesink`;
const lines = (stderr: string, what: RegExp) => stderr.split("\n").filter((line) => what.test(line));

async function gone(): Promise<string> {
  const fake = await FakePyroscope.start();
  await fake.stop();
  return fake.url;
}

describe("a pipeline that only the environment profiles", () => {
  it("says once that a server is away, which, why, and what is kept", async () => {
    const { collector } = place();
    const url = await gone();
    const { code, stderr } = await start(paced(6), "pyroscope", serversIn({ pyroscope: { url }, collector })).end;
    expect(code).toBe(0);
    const said = lines(stderr, /profiles are not delivered/);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/WARN .* pyroscope /);
    for (const part of [url, "connection was refused", "KiB wait"]) expect(said[0]).toContain(part);
    expect(lines(stderr, /metrics are/)).toEqual([]);
  });

  it("says that it is back", async () => {
    const { pyroscope, collector } = place();
    pyroscope.mode = { answer: "status", status: 503 };
    const { child, end } = start(paced(8), "pyroscope", serversIn({ pyroscope, collector }));
    let heard = "";
    child.stderr?.on("data", (part) => {
      heard += part;
    });
    await until("the warning", () => /profiles are not delivered/.test(heard), 20_000);
    pyroscope.mode = { answer: "judge" };
    const { code, stderr } = await end;
    expect(code).toBe(0);
    expect(lines(stderr, /profiles are delivered again/)).toHaveLength(1);
  });

  it("tells the first delivery at level 4, and each one at level 6", async () => {
    const servers = serversIn(place());
    const { stderr } = await start(paced(5), "pyroscope", { ...servers, GST_DEBUG: "pyroscope:6" }).end;
    expect(lines(stderr, /INFO .*profiles are delivered server=/)).toHaveLength(1);
    expect(lines(stderr, /LOG .*profiles delivered server=/).length).toBeGreaterThan(1);
    const quiet = await start(paced(3), "pyroscope", servers).end;
    expect(lines(quiet.stderr, /pyroscope/)).toEqual([]);
  });

  it("names an address without scheme, a refused tag and a protocol that is none", async () => {
    const { stderr } = await start(paced(3), "pyroscope", {
      ...serversIn(place()),
      GST_PYROSCOPE_SERVER_URL: "localhost:4040",
      GST_PYROSCOPE_TAGS: "pid=7,env=dev",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    }).end;
    for (const what of [/WARN .*server-url/, /WARN .*tags: pid left out/, /WARN .*otlp-protocol.*http\/json/])
      expect(lines(stderr, what)).toHaveLength(1);
  });
});

describe("words of a reader that means harm", () => {
  it("are printable, short and few, and the pipeline does not notice", async () => {
    const hosted = { GST_TRACERS: "pyroscope", GST_PYROSCOPE_HOST_PID: String(process.pid) };
    const env = pluginEnvironment({ ...hosted, GST_DEBUG_NO_COLOR: "1" });
    const pipeline = "videotestsrc is-live=true num-buffers=120 ! fakesink";
    const child = spawn("gst-launch-1.0", ["-q", ...words(pipeline)], { env, stdio: ["ignore", "pipe", "pipe"] });
    const end = ended(child);
    const found = await until("a segment", () => findSegments(child.pid ?? -1).places[0]);
    const reader = await until("a sealed segment", () => {
      try {
        return loadNative().attach(found);
      } catch {
        return undefined;
      }
    });
    reader.heartbeat();
    const evil = `\u001b[31mred\u0000\u009b31m\u202eturned\nline %s%n ${"x".repeat(5000)}`;
    let taken = 0;
    // Until one is refused. The tracer, which reads once a second, may read meanwhile.
    while (taken < 1000 && reader.tell(0, evil)) taken++;
    expect(taken).toBeGreaterThanOrEqual(16);
    expect(taken).toBeLessThanOrEqual(32);
    expect(() => reader.tell(7, "x")).toThrow(TypeError);
    const { code, stderr } = await end;
    reader.close();
    expect(code).toBe(0);
    const said = lines(stderr, /turned/);
    expect(said).toHaveLength(taken);
    for (const line of said) {
      expect(line).toContain("turned line %s%n xxx");
      expect(line.length).toBeLessThan(800);
    }
    expect(said.join("")).not.toMatch(/\p{C}/u);
  });
});
