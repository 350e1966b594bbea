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
  expect(state.up).toBe(true);
  expect(said).toEqual(["traces are not delivered", "traces are delivered again"]);
  at(1200);
  state.failed("ERR_UPLOAD_UNREACHABLE", "no answer", state.begin());
  expect(state.up).toBe(false);
});
