// Does the lab start with one command, make the fault that it is asked for, and leave no process or port behind?
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { endLabs, faultAt, ready, root, running, startLab } from "../helpers/lab.js";
import { until } from "../helpers/service.js";

afterEach(endLabs);

test("it prints four addresses that answer, makes a fault, and ends whole, the profiler's agent too", async () => {
  const lab = startLab("--fault", "enc:burn=1ms@0s");
  await ready(lab);
  const addresses = [...lab.text().matchAll(/^(dashboard|demo player|live page|metrics): +(http\S+)$/gm)];
  expect(addresses.map(([, name]) => name)).toEqual(["dashboard", "demo player", "live page", "metrics"]);
  expect((await fetch(addresses[3]?.[2] ?? "")).status).toBe(200);
  await until("the fault is made", () => lab.text().includes('fault: {"kind":"burn"'));
  expect(await faultAt(lab, "nowhere:burn=1ms")).toEqual([
    404,
    expect.stringMatching(/nowhere.*there are aud, enc, post, pre, source/),
  ]);
  expect(await faultAt(lab, "enc:sleep=1ms")).toEqual([200, ""]);
  expect(running(lab)).toEqual(["service", "pipeline", "agent"]);
  lab.child.kill("SIGINT");
  expect(await lab.exit, lab.text()).toBe(0);
  await until("all of it has ended", () => lab.processes().length === 0);
  await expect(fetch(lab.url())).rejects.toThrow();
  expect(existsSync(join(lab.dataDir, "store"))).toBe(true);
});

test("Ctrl-C during the start ends it there: nothing more is started, nothing is left", async () => {
  const lab = startLab();
  await until("the service is started", () => running(lab).includes("service"));
  lab.child.kill("SIGINT");
  expect(await lab.exit, lab.text()).toBe(0);
  expect(lab.text()).not.toContain("dashboard:");
  await until("all of it has ended", () => lab.processes().length === 0);
});

test("a lab that is killed leaves neither service nor pipeline nor agent, and the store is whole", async () => {
  const lab = startLab();
  await ready(lab);
  expect(running(lab)).toEqual(["service", "pipeline", "agent"]);
  lab.child.kill("SIGKILL");
  await until("all of it has ended", () => lab.processes().length === 0);
  // A store that was closed in order has no write-ahead log beside it.
  expect(
    readdirSync(join(lab.dataDir, "store"), { recursive: true }).filter((name) => /-wal$/.test(String(name))),
  ).toEqual([]);
});

test("a fault that has a length ends after it", async () => {
  const lab = startLab("--fault", "enc:burn=1ms@0s+1s");
  await until("it has ended", () => lab.text().includes('fault: {"kind":"none"}'));
  expect(lab.text()).toMatch(/fault: \{"kind":"burn","at":"enc","ms":1\}[\s\S]*fault: \{"kind":"none"\}/);
});

test("a pipeline that a fault kills comes back; one that ends by itself ends the lab", async () => {
  const lab = startLab();
  await ready(lab);
  const pipeline = () => lab.processes().find(({ command }) => command.includes("/lab/host "))?.pid;
  const first = pipeline();
  expect(await faultAt(lab, "pipeline:kill")).toEqual([200, ""]);
  await until("it is gone", () => pipeline() === undefined);
  expect(await faultAt(lab, "host:burners=2")).toEqual([200, ""]);
  const burners = () => lab.processes().filter(({ command }) => command.includes("function burn"));
  await until("others want the CPUs", () => burners().length === 2);
  expect(await faultAt(lab, "none")).toEqual([200, ""]);
  expect(burners()).toEqual([]);
  expect(pipeline()).not.toBe(first);
  await until("it writes segments again", () => existsSync(join(lab.dataDir, "hls/playlist.m3u8")));
  process.kill(pipeline() ?? 0, "SIGKILL");
  expect(await lab.exit).toBe(1);
  expect(lab.text()).toContain("the pipeline has ended by itself");
});

test("an unknown pipeline is refused with the names of those that exist", async () => {
  const lab = startLab("--pipeline", "nothing");
  expect(await lab.exit).toBe(2);
  expect(lab.text()).toContain("there are demo, x264, disk, ladder, chain");
});

test("a fault that cannot be read is refused before anything starts", async () => {
  const lab = spawn(process.execPath, [join(root, "scripts/lab.mjs"), "--fault", "enc:burn=60ms"]);
  let text = "";
  lab.stderr.on("data", (piece) => (text += String(piece)));
  expect(await new Promise((resolve) => lab.once("close", resolve))).toBe(1);
  expect(text).toContain("enc:burn=60ms@20s");
});

test("so is one with a time that the service cannot read", async () => {
  const lab = startLab("--fault", "foo@1s");
  expect(await lab.exit).toBe(1);
  expect(lab.text()).toContain("fault=foo cannot be read: write enc:burn=60ms");
  expect(readdirSync(lab.dataDir)).toEqual([]);
});
