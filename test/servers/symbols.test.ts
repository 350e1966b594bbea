// Does a real Pyroscope look for the names of the frames that we left to it, and keep those of the others?
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../src/log.js";
import { PyroscopeOutput } from "../../src/output/pyroscope/profiles.js";
import { encodeProfiles } from "../../src/profile/pprof.js";
import { alike, encode, windowOf } from "../helpers/folding.js";
import { nowNs } from "../helpers/profiles.js";
import { missingServers, RealPyroscope } from "../helpers/servers.js";
import { until } from "../helpers/until.js";

const service = `symbols-${process.pid}`;

describe.skipIf(missingServers() !== "")("Pyroscope with a symbolizer", () => {
  let dir = "";
  let buildId = "";
  let hidden = 0;
  let debuginfod: Server;
  const asked: string[] = [];
  let server: RealPyroscope;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "symbols-"));
    const source = new URL("../fixtures/names/work.c", import.meta.url).pathname;
    const library = join(dir, "libwork.so");
    execFileSync("cc", ["-O2", "-g", "-shared", "-fPIC", "-Wl,--build-id=sha1", source, "-o", library]);
    buildId = /Build ID: (\w+)/.exec(execFileSync("readelf", ["-n", library], { encoding: "utf8" }))?.[1] ?? "";
    const symbols = execFileSync("nm", [library], { encoding: "utf8" });
    hidden = Number.parseInt(/^(\w+) t hidden_low$/m.exec(symbols)?.[1] ?? "", 16);
    debuginfod = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(readFileSync(library));
    });
    await new Promise<void>((resolve) => debuginfod.listen(0, "127.0.0.1", resolve));
    const { port } = debuginfod.address() as AddressInfo;
    server = await RealPyroscope.start("v2", [
      "-symbolizer.enabled",
      `-symbolizer.debuginfod-url=http://127.0.0.1:${port}`,
    ]);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    debuginfod?.closeAllConnections();
    debuginfod?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it("asks by build-id for what has no name, in its address of the file, and for nothing else", async () => {
    const frames: [number, number][] = [
      [2, hidden + 1],
      [2, 0x10],
      [3, 0x20],
    ];
    const window = windowOf([{ frames, weightNs: 3e9 }], alike());
    const [profile] = encodeProfiles(window, {
      encode,
      kind: "cpu",
      wait: String,
      timeNanos: nowNs(),
      durationNs: 10e9,
      sampleRate: 100,
      labels: () => [["element", "e"]],
      name: (module, offset) => ({ name: `named_${module}_${offset}`, named: offset < 0x100 }),
      module: (id) => ({
        path: `/usr/lib/lib${id}.so`,
        buildId: id === 2 ? buildId : "abcd",
        size: 0x10000,
        kind: "file",
      }),
      leaveUnnamed: true,
    });
    if (profile === undefined) throw new Error("no profile");
    const output = new PyroscopeOutput({
      server: server.url,
      serviceName: service,
      log: silentLog,
      acknowledged: () => {},
    });
    output.send(profile);
    expect(await output.close(20_000)).toBe(true);
    const labelSelector = `{service_name="${service}"}`;
    const profileTypeID = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
    const names = await until("the stack", async () => {
      const { flamegraph } = await server.query("SelectMergeStacktraces", { profileTypeID, labelSelector });
      const found = (flamegraph as { names?: string[] } | undefined)?.names ?? [];
      return found.length > 1 ? found : null;
    });
    // Some builds of the server cannot read the file (their reader of it is older than they are), and show where it looked.
    const leaf = names.find((name) => name === "hidden_low" || name === `lib2.so!0x${(hidden + 1).toString(16)}`);
    expect(leaf).toBeDefined();
    expect(names).toEqual(["total", "named_3_32", "named_2_16", leaf]);
    expect((await server.flameGraph(labelSelector)).self).toEqual({ [leaf ?? ""]: 3e9 });
    expect(new Set(asked)).toEqual(new Set([`/buildid/${buildId}/debuginfo`]));
  }, 120_000);
});
