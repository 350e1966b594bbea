// What is done after a target's end, in which order, and how much time has each part?
// SPDX-License-Identifier: MPL-2.0

import { setTimeout as pause } from "node:timers/promises";
import type { Endpoint } from "../../server.js";
import type { Session } from "./session.js";

/** After the target's end everything is delivered or given up within this. */
const DELIVERED_MS = 8500;
/** All of it together, whatever hangs. */
const GIVE_UP_MS = 9000;
/** At most of it: for the servers of profiles and metrics, and for those of spans. */
const SHUTDOWN_TIMEOUT_MS = 6000;
const SPANS_SHUTDOWN_TIMEOUT_MS = 2500;
/** A first scrape may come after the end: the port is kept for so long once all is delivered … */
const LAST_SCRAPE_MS = 500;
/** … but not for longer than this after the end: the next process of this service wants it. */
const PORT_MS = 2000;

interface OpenedWith {
  endpoint: Endpoint | undefined;
  endSelfProfile: () => Promise<void>;
}

/** Resolves when the last window is delivered or given up. `lateMs`: so long ago was the end when it was noticed. */
export async function shutDown(session: Session, opened: OpenedWith, lateMs: number): Promise<void> {
  const until = performance.now() + DELIVERED_MS - lateMs;
  const left = (most: number): number => Math.max(0, Math.min(most, until - performance.now()));
  const givenUp = new AbortController();
  const givingUp = pause(Math.max(0, GIVE_UP_MS - lateMs), null, { signal: givenUp.signal }).then(
    () => session.parts.log.error("not everything was delivered within 9 s of the end of the process"),
    () => undefined,
  );
  const closePort = keepPort(opened.endpoint);
  session.takeRest();
  session.end();
  session.cut();
  void session.inTurn(() => session.spans?.close(left(SPANS_SHUTDOWN_TIMEOUT_MS)));
  void session.inTurn((deliveries) => deliveries.close(left(SHUTDOWN_TIMEOUT_MS)));
  const closed = session.inTurn(opened.endSelfProfile).then(() => session.close(closePort));
  await Promise.race([closed, givingUp]);
  givenUp.abort();
}

/** Called at the end; the function that it returns is called once all is delivered, and resolves when the port is closed. */
function keepPort(endpoint: Endpoint | undefined): () => Promise<void> {
  const closing = setTimeout(() => endpoint?.close(), PORT_MS).unref();
  return async () => {
    if (endpoint !== undefined) await pause(LAST_SCRAPE_MS);
    clearTimeout(closing);
    endpoint?.close();
  };
}
