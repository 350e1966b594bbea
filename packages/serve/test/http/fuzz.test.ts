// Does any body at all bring the service to answer 500, to die, or to keep something of a batch that it refused?
import { afterAll, beforeAll, expect, test } from "vitest";
import { batch, event, removeFolder, type Started, start, TOKEN } from "../helpers/service.js";

const BODIES = Number(process.env.SERVE_FUZZ ?? 1500);
const SEED = Number(process.env.SERVE_FUZZ_SEED ?? Date.now() % 1e6);

let service: Started;
beforeAll(async () => {
  service = await start();
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

/** mulberry32: the same bodies for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const next = random(SEED);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
const odd = [
  null,
  true,
  -1,
  1e308,
  0.1,
  "",
  " ",
  "\u0000",
  "\ud800",
  "x".repeat(5000),
  [],
  {},
  [[]],
  "__proto__",
  "2026-02-30T00:00:00Z",
  2 ** 60,
];
const keys = [
  "event_name",
  "session_id",
  "client_timestamp",
  "sdk",
  "sequence_number",
  "meta",
  "client_time_origin",
  "__proto__",
  "constructor",
];
const metas = [
  "network.kind",
  "network.redacted_url",
  "webrtc.sample_id",
  "timing.x",
  "session_sample_rate",
  "stream_id",
  "url",
  "__proto__",
  "toString",
];

function changedText(text: string): string {
  const at = Math.floor(next() * text.length);
  return pick([
    text.slice(0, at),
    text.slice(0, at) + pick(["{", "]", "\\", "\u0000", '"', "é", "9e999"]) + text.slice(at + 1),
    text.slice(at),
  ]);
}

function jsonBody(): string {
  const odds = event({ [pick(keys)]: pick(odd), ...(next() < 0.5 ? { meta: { [pick(metas)]: pick(odd) } } : {}) });
  const body = batch(
    pick([[odds], [event(), odds], odd[Math.floor(next() * odd.length)]]),
    next() < 0.2 ? { session_boundaries: pick(odd) } : {},
  );
  const text = JSON.stringify(body);
  return next() < 0.3 ? changedText(text) : text;
}

const cmcdKeys = [
  "sta",
  "e",
  "sid",
  "cid",
  "bl",
  "sn",
  "ts",
  "v",
  "rr",
  "com.a-b",
  "br",
  "d",
  "pr",
  "__proto__",
  "msd",
  "bsd",
];
const cmcdValues = [
  '"x"',
  "p",
  "r",
  "1",
  "-1",
  "(1 2)",
  "1e9",
  "?0",
  "",
  '"',
  "(",
  "\u0000",
  "9".repeat(40),
  "@1",
  "abc;d=1",
  ":AA==:",
];
function cmcdBody(): string {
  const lines = Array.from({ length: 1 + Math.floor(next() * 5) }, () => {
    const parts = Array.from({ length: Math.floor(next() * 6) }, () => `${pick(cmcdKeys)}=${pick(cmcdValues)}`);
    return [...parts, next() < 0.7 ? 'sid="f"' : ""].join(",");
  });
  return next() < 0.3 ? changedText(lines.join("\n") || "x") : lines.join("\n");
}

test(`${BODIES} bodies of seed ${SEED}: only answers of the contract, and every accepted event is there`, async () => {
  const seen: Record<number, number> = {};
  let accepted = 0;
  for (let done = 0; done < BODIES; done += 25) {
    const answers = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const isCmcd = next() < 0.4;
        const [path, body] = isCmcd ? [`/api/cmcd?token=${TOKEN}`, cmcdBody()] : ["/api/playback-events", jsonBody()];
        const answer = await fetch(service.url + path, { method: "POST", headers: { "X-MTrace-Token": TOKEN }, body });
        return { status: answer.status, body, result: (await answer.json()) as { accepted?: number } };
      }),
    );
    for (const { status, body, result } of answers) {
      expect({ status: [202, 400, 401, 422].includes(status), body }).toEqual({ status: true, body });
      seen[status] = (seen[status] ?? 0) + 1;
      accepted += result.accepted ?? 0;
    }
  }
  expect(Object.keys(seen)).toEqual(expect.arrayContaining(["202", "400", "422"]));
  expect((await (await service.get("/api/status")).json()).store.events).toBe(accepted);
  expect(service.log()).not.toContain('"level":"warn"');
});
