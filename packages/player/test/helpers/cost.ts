// What does a page run to see what track() costs it?
// SPDX-License-Identifier: MIT

/** Port 9 is closed everywhere. */
export const DOWN = "http://127.0.0.1:9";

/** 4000 events, as a segment has them, against the cheapest way to copy one; times in milliseconds for all. */
export const COST = `(async () => {
  const tracker = GstPyroscopePlayer.createTracker({ endpoint: "${DOWN}", token: "t", projectId: "demo", flushIntervalMs: 0, batchSize: 100,
    transport: () => Promise.resolve({ status: 202, headers: new Headers() }) });
  const meta = { "network.kind": "segment", "network.redacted_url": "http://127.0.0.1:8080/live/s00001.ts?x=1", frag_load_ms: 12, frag_bytes: 51234,
    frag_sn: 17, level: 0, live_latency_ms: 4321, buffer_ms: 3210 };
  const each = [];
  let ours = 0, theirs = 0;
  for (let round = 0; round < 40; round++) {
    for (let index = 0; index < 100; index++) {
      const from = performance.now(); tracker.track("segment_loaded", meta); const ms = performance.now() - from;
      each.push(ms); ours += ms;
    }
    const from = performance.now();
    for (let index = 0; index < 100; index++) JSON.parse(JSON.stringify(meta));
    theirs += performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await tracker.destroy();
  return { ours, theirs, p99: each.sort((a, b) => a - b)[Math.floor(each.length * 0.99)] };
})()`;
