// Which lines does hls.js 1.7 post? Its reporter is the one of @svta/cml-cmcd, called here as cmcd-controller of hls.js calls it.
// SPDX-License-Identifier: MPL-2.0
import { CMCD_KEYS, CmcdReporter, decodeCmcd } from "@svta/cml-cmcd";
import { type CmcdContext, mapCmcd } from "../../src/cmcd/map.js";
import type { CmcdSession } from "../../src/cmcd/session.js";
import type { CmcdRecord } from "../../src/cmcd/values.js";
import type { PlayerEvent } from "../../src/wire.js";

export const sid = "6c0ae2b4-1111-4222-8333-444455556666";

/** The reporter without the types of its many keys. */
interface Reporter {
  update(data: object): void;
  recordEvent(type: string, data: object): void;
  recordResponseReceived(response: object): void;
  createRequestReport(request: object, data: object): { url: string };
  stop(flush: boolean): void;
}

const requestOf = (url: string): object => ({ url, headers: {} });

/** A player with its states; `bodies` is what it has posted. */
export function recordedPlayer(includeKeys: string[] = []) {
  const bodies: string[] = [];
  const enabledKeys = [...CMCD_KEYS, ...includeKeys];
  const events = ["ps", "bc", "e", "t", "rr", "ce"];
  const target = { url: "http://127.0.0.1/api/cmcd", events, enabledKeys, interval: 30 };
  const config = { sid, cid: "demo", version: 2, transmissionMode: "query", enabledKeys, eventTargets: [target] };
  const post = async ({ body }: { body?: unknown }) => {
    bodies.push(String(body));
    return { status: 200 };
  };
  const create = () => new CmcdReporter(config as never, post as never) as unknown as Reporter;
  let reporter = create();
  reporter.update({ sf: "h" });
  return {
    bodies,
    update: (data: object) => reporter.update(data),
    state: (sta: string) => reporter.update({ sta }),
    event: (type: string, data: object) => reporter.recordEvent(type, data),
    response: (url: string) => {
      const request = reporter.createRequestReport(requestOf(url), { ot: "v" });
      const resourceTiming = { startTime: 10, responseStart: 20, duration: 33, encodedBodySize: 4444 };
      reporter.recordResponseReceived({ request, status: 200, resourceTiming });
    },
    /** Address of the request, with its report. */
    request: (url: string, data: object): string => reporter.createRequestReport(requestOf(url), data).url,
    /** As hls.js does when it loads another playlist: the session stays, the numbers begin anew. */
    reload: () => {
      reporter.stop(true);
      const before = Date.now();
      while (Date.now() === before); // a page cannot do it within the millisecond
      reporter = create();
    },
    stop: () => reporter.stop(true),
  };
}

export const decoded = (bodies: string[]): CmcdRecord[] =>
  bodies.flatMap((body) =>
    body
      .split("\n")
      .filter(Boolean)
      .map((line) => decodeCmcd(line) as CmcdRecord),
  );

export const context: CmcdContext = { project: "demo", receivedMs: 1_777_000_000_000, mode: "event" };

/** Maps one after the other, keeping the session as the service does. */
export function mapAll(records: CmcdRecord[], mode: CmcdContext["mode"] = "event"): PlayerEvent[] {
  let session: CmcdSession | null = null;
  return records.flatMap((record) => {
    const mapped = mapCmcd(record, session, { ...context, mode });
    if ("problem" in mapped) throw new Error(mapped.problem);
    session = mapped.session;
    return mapped.events;
  });
}

export const names = (events: PlayerEvent[]): string[] => events.map(({ event_name }) => event_name);

/** A report of event mode; `n` is its number and its time in seconds. */
export const report = (n: number, more: Record<string, unknown>): CmcdRecord => ({
  ...{ e: "ps", sid: "s", sn: n, ts: 1_777_000_000_000 + n * 1000, v: 2 },
  ...more,
});
