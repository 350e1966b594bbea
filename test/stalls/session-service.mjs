// What does a trial ask the session service? Streams, stalls of a session, and the windows behind them.
// SPDX-License-Identifier: MPL-2.0

const headers = { "X-MTrace-Token": "demo-token" };

export function sessionService(url) {
  const read = async (path) => {
    const answer = await fetch(url + path, { headers });
    if (answer.status === 404) return null; // the service does not know the session yet
    if (!answer.ok) throw new Error(`${path}: status ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const range = (fromMs, untilMs) =>
    new URLSearchParams({ from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() });
  return {
    /** By their names. */
    streams: async () => new Map(((await read("/api/streams"))?.streams ?? []).map((one) => [one.stream_id, one])),
    /** Oldest first. */
    stalls: async (sessionId) => {
      const { stalls = [] } = (await read(`/api/stream-sessions/${sessionId}/stalls`)) ?? {};
      return stalls.toSorted((a, b) => Date.parse(a.stall.at) - Date.parse(b.stall.at));
    },
    windows: async (stream, fromMs, untilMs) =>
      (await read(`/api/streams/${stream}/pipeline?${range(fromMs, untilMs)}`))?.windows ?? [],
    /** With all of its events. */
    session: async (sessionId) => {
      const page = (cursor) => new URLSearchParams({ events_limit: "1000", ...(cursor && { events_cursor: cursor }) });
      const path = `/api/stream-sessions/${sessionId}`;
      const first = await read(`${path}?${page()}`);
      for (let next = first?.next_cursor; next !== undefined; ) {
        const { events, next_cursor } = await read(`${path}?${page(next)}`);
        first.events.push(...events);
        next = next_cursor;
      }
      return first;
    },
  };
}
