// Does the log hear of a server's state, and not of tries that end late?
// SPDX-License-Identifier: MPL-2.0
import { expect, it } from "vitest";
import { ServerState } from "../../../src/delivery/server-state.js";
import type { Log } from "../../../src/log.js";

function watched() {
  const said: string[] = [];
  let now = 0;
  const log: Log = { error: () => {}, warn: (message) => said.push(message), info: () => {}, debug: () => {} };
  const state = new ServerState("traces", "http://c", "kept", log, () => now);
  return { said, state, at: (ms: number) => (now = ms) };
}

it("a try that began before the last success and fails after it changes nothing", () => {
  const { said, state, at } = watched();
  const early = state.begin();
  at(1000);
  state.failed("ERR_UPLOAD_UNREACHABLE", "no answer");
  at(1100);
  state.succeeded();
  state.failed("ERR_UPLOAD_UNREACHABLE", "no answer", early);
  expect(said).toEqual(["traces are not delivered", "traces are delivered again"]);
  at(1200);
  state.failed("ERR_UPLOAD_UNREACHABLE", "no answer", state.begin());
  expect(said.slice(2)).toEqual(["traces are not delivered"]);
});

it("reports when it last delivered, for how long it has failed, and why", () => {
  const { state, at } = watched();
  at(1000);
  expect(state.report).toMatchObject({
    what: "traces",
    server: "http://c",
    deliveredMs: null,
    failingMs: null,
    reason: "",
  });
  state.succeeded();
  at(3000);
  state.failed("ERR_UPLOAD_UNREACHABLE", "no answer");
  at(5000);
  state.failed("ERR_UPLOAD_DENIED", "401");
  const { reason, ...times } = state.report;
  expect(times).toMatchObject({ deliveredMs: 4000, failingMs: 2000 });
  expect(reason).not.toBe("");
  state.succeeded();
  expect(state.report).toMatchObject({ deliveredMs: 0, failingMs: null, reason: "" });
});
