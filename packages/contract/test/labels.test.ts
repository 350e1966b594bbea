// Is a forbidden label found wherever it is planted, and no good one?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import {
  boundedLabels,
  boundedValue,
  forbiddenInFamilies,
  forbiddenLabels,
  forbiddenNames,
  spanAttributes,
  strayAttributes,
  strayLabels,
  UNKNOWN,
} from "../src/labels.js";

/** TABLE: label, metric → is it forbidden? */
const planted: [name: string, metric: string, forbidden: boolean][] = [
  ...forbiddenNames.map((name): [string, string, boolean] => [name, "mtrace_playback_events_total", true]),
  ...["sessionId", "session.id", "Session-ID", "CLIENT_IP", "clientIP", "userAgent", "__session_id__"].map(
    (name): [string, string, boolean] => [name, "", true],
  ),
  ...["poster_url", "redirectUri", "auth_token", "client.secret", "x_uri"].map((name): [string, string, boolean] => [
    name,
    "",
    true,
  ]),
  ...Object.entries(forbiddenInFamilies).flatMap(([family, names]) =>
    names.map((name): [string, string, boolean] => [name, `${family}samples_total`, true]),
  ),
  ["remoteAddr", "mtrace_srt_health_samples_total", true],
  ["state", "mtrace_playback_events_total", false],
  ["path", "gstreamer_element_latency", false],
  ["health_state", "mtrace_srt_health_samples_total", false],
  ["connection_state", "mtrace_webrtc_samples_total", false],
  ["outcome", "mtrace_api_requests_total", false],
  ["instance", "", false],
  ["curl", "", false],
  ["tokens", "", false],
  ["element", "", false],
];

test.each(planted)("%s of %s: forbidden is %s", (name, metric, forbidden) => {
  expect(forbiddenLabels(["job", name], metric)).toEqual(forbidden ? [name] : []);
});

describe("the allow-list", () => {
  test("has no forbidden name", () => {
    expect(forbiddenLabels(Object.keys(boundedLabels))).toEqual([]);
    expect(strayLabels(Object.keys(boundedLabels))).toEqual([]);
  });

  test("does not have what nobody allowed, nor what every object has", () => {
    expect(strayLabels(["outcome", "element", "session_id", "constructor"])).toEqual([
      "element",
      "session_id",
      "constructor",
    ]);
  });

  test("is small: all its values together are fewer than the series that a service may have", () => {
    const values = Object.values(boundedLabels).map((list) => (list === "of the scraper" ? 0 : list.length));
    expect(Math.max(...values)).toBeLessThan(50);
  });

  test.each([
    ["outcome", "accepted", "accepted"],
    ["outcome", "fine", UNKNOWN],
    ["event_type", "rebuffer_started", "rebuffer_started"],
    ["event_type", "01J7K9X4Z2QHB6V3WS5R8Y4D1F", UNKNOWN],
    ["constructor", "x", UNKNOWN],
    ["job", "anything", "anything"],
  ])("%s=%s becomes %s", (label, value, bounded) => {
    expect(boundedValue(label, value)).toBe(bounded);
  });
});

test("a span has the attributes of the table, never the session", () => {
  expect(strayAttributes([...spanAttributes, "session_id", "session.id", "http.url"])).toEqual([
    ...["session_id", "session.id", "http.url"],
  ]);
});
