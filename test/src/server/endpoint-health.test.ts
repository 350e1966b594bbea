// Can something watch over an agent at the port of its metrics, without a token, and learn why what it records does not arrive?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, expect, it } from "vitest";
import { silentLog } from "../../../src/log.js";
import { Endpoint, type Readiness } from "../../../src/server.js";
import { until } from "../../helpers/until.js";

const open: Endpoint[] = [];
afterEach(() => {
  for (const endpoint of open.splice(0)) endpoint.close();
});

async function served(readiness?: () => Readiness) {
  const more = readiness === undefined ? {} : { readiness };
  const how = {
    port: 0,
    address: "127.0.0.1",
    named: "port=0",
    body: () => "gst_x 1\n",
    state: () => {},
    log: silentLog,
  };
  const endpoint = Endpoint.open({ ...how, ...more });
  open.push(endpoint);
  const port = await until("a port", () => endpoint.port);
  return (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
}

it("an agent that answers is healthy, whatever becomes of its deliveries", async () => {
  const get = await served(() => ({ ready: false, reasons: ["profiles have not been delivered for 61 s"] }));
  const answer = await get("/healthz");
  expect([answer.status, await answer.text()]).toEqual([200, "ok\n"]);
});

it("it is ready with what there is to know, and not ready with the reasons", async () => {
  let ready = true;
  const get = await served(() => ({ ready, reasons: ready ? [] : ["a server refuses"], targets: [{ pid: 7 }] }));
  const good = await get("/readyz");
  expect([good.status, await good.json()]).toEqual([200, { ready: true, reasons: [], targets: [{ pid: 7 }] }]);
  expect(good.headers.get("content-type")).toBe("application/json");
  ready = false;
  const bad = await get("/readyz?verbose");
  expect([bad.status, await bad.json()]).toMatchObject([503, { reasons: ["a server refuses"] }]);
});

it("one that cannot say it, or has no deliveries, is ready: it serves", async () => {
  for (const readiness of [
    undefined,
    () => {
      throw new Error("the segment is closed");
    },
  ])
    expect((await (await served(readiness))("/readyz")).status).toBe(200);
});
