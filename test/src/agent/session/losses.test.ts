// Is what was lost counted by reason, and told apart by what it was?
import { expect, test } from "vitest";
import { Losses } from "../../../../src/agent/session/losses.js";

test("losses of samples and of spans are one account, and told apart by their names", () => {
  const losses = new Losses();
  losses.lost("window_refused", 3);
  losses.lost("upload_expired", 2);
  losses.lost("upload_expired", 5);
  losses.lost("span_upload_ended", 7);
  losses.sent(11);
  expect(losses.snapshot()).toEqual({ window_refused: 3, upload_expired: 7, span_upload_ended: 7 });
  expect(losses.ofSamples()).toEqual({ window_refused: 3, upload_expired: 7 });
  expect([losses.ofSpans(), losses.spansSent]).toEqual([{ span_upload_ended: 7 }, 11]);
});

test("nothing lost is no reason, and a snapshot does not change any more", () => {
  const losses = new Losses();
  losses.lost("upload_busy", 0);
  const before = losses.snapshot();
  losses.lost("upload_busy", 1);
  expect([before, losses.snapshot()]).toEqual([{}, { upload_busy: 1 }]);
});

test("a reason that no table has does not compile", () => {
  const losses = new Losses();
  // @ts-expect-error: a name of nobody
  losses.lost("upload_forgotten", 1);
  // @ts-expect-error: of a table, but no loss
  losses.lost("worker_attributed", 1);
  // @ts-expect-error: an error, but none of an upload
  losses.lost("segment_busy", 1);
  expect(Object.keys(losses.snapshot())).toHaveLength(3);
});
