// In which order is everything closed after a target's end, how much time has each part, and what if one of them hangs?
import { beforeEach, expect, it } from "vitest";
import type { Session } from "../../../../src/agent/session/session.js";
import { shutDown } from "../../../../src/agent/session/shutdown.js";
import { createLog } from "../../../../src/log.js";
import type { Endpoint } from "../../../../src/server.js";

let did: string[];
let budgets: number[];
let lines: string[];
beforeEach(() => {
  did = [];
  budgets = [];
  lines = [];
});

/** Writes down what it is asked to do; closing its deliveries takes as long as `delivered`. */
function sessionThat(delivered: Promise<void>): Session {
  let work = Promise.resolve();
  const closeThat = (what: string, done: Promise<void>) => (ms: number) => {
    did.push(what);
    budgets.push(ms);
    return done;
  };
  const deliveries = { close: closeThat("deliveries", delivered) };
  const inTurn = (step: (given: typeof deliveries) => Promise<void> | undefined) => {
    work = work.then(() => step(deliveries));
    return work;
  };
  const close = async (closePort: () => Promise<void>) => {
    did.push("answered");
    await closePort();
    did.push("closed");
  };
  return {
    parts: { log: createLog("error", (line) => lines.push(line)) },
    takeRest: () => did.push("rest taken"),
    end: () => did.push("last look"),
    cut: () => did.push("cut"),
    spans: { close: closeThat("spans", Promise.resolve()) },
    inTurn,
    close,
  } as unknown as Session;
}

const endSelfProfile = async () => void did.push("self-profile");
const endpoint = { close: () => did.push("port closed") } as unknown as Endpoint;
const inOrder = ["rest taken", "last look", "cut", "spans", "deliveries", "self-profile", "answered"];

it("takes the rest, closes one after the other, and keeps the port for a last scrape", async () => {
  await shutDown(sessionThat(Promise.resolve()), { endpoint, endSelfProfile }, 0);
  expect(did).toEqual([...inOrder, "port closed", "closed"]);
  expect(budgets).toEqual([2500, 6000]);
  expect(lines).toEqual([]);
});

it("gives servers only what is left when the end was noticed late, down to nothing", async () => {
  const none = { endpoint: undefined, endSelfProfile };
  await shutDown(sessionThat(Promise.resolve()), none, 5000);
  expect(did).toEqual([...inOrder, "closed"]);
  const [spans = 0, servers = 0] = budgets.splice(0);
  expect(spans).toBe(2500);
  expect(servers).toBeLessThanOrEqual(3500);
  await shutDown(sessionThat(Promise.resolve()), none, 60_000);
  expect(budgets).toEqual([0, 0]);
});

it("is over when it has to be, whatever hangs, and says so", async () => {
  await shutDown(sessionThat(new Promise(() => {})), { endpoint: undefined, endSelfProfile }, 8990);
  expect(did).toEqual(["rest taken", "last look", "cut", "spans", "deliveries"]);
  expect(lines).toEqual([expect.stringContaining("not everything was delivered within 9 s")]);
});
