// What of a URL is kept, and is what was redacted once left as it is?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { isRedacted, REDACTED, redactMeta, redactUrl } from "../src/redaction.js";
import { seeded } from "./helpers/batches.js";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

/** TABLE: before → after. */
const urls: [what: string, before: string, after: string][] = [
  ["a plain one", "https://cdn.test/live/demo/playlist.m3u8", "https://cdn.test/live/demo/playlist.m3u8"],
  ["a port", "http://127.0.0.1:8080/a.ts", "http://127.0.0.1:8080/a.ts"],
  ["no path", "https://cdn.test", "https://cdn.test/"],
  ["a query", "https://cdn.test/a.ts?token=1&x", "https://cdn.test/a.ts"],
  ["a fragment", "https://cdn.test/a.ts#t=1", "https://cdn.test/a.ts"],
  ["a user and a password", "https://joe:pw@cdn.test/a.ts", "https://cdn.test/a.ts"],
  ["a user in another scheme", "rtsp://joe:pw@cam.test/live?x=1", "rtsp://cam.test/live"],
  ["24 characters", `https://h/${"a".repeat(24)}/b.ts`, `https://h/${REDACTED}/b.ts`],
  ["23 characters", `https://h/${"a".repeat(23)}/b.ts`, `https://h/${"a".repeat(23)}/b.ts`],
  ["25 characters, 80 % of them of a token", `https://h/${"a".repeat(20)}.....`, `https://h/${REDACTED}`],
  ["25 characters, 76 % of them of a token", `https://h/${"a".repeat(19)}......`, `https://h/${"a".repeat(19)}......`],
  ["32 hexadecimal digits", `https://h/${"0aF9".repeat(8)}/x`, `https://h/${REDACTED}/x`],
  ["a signed token", `https://h/${jwt}/x.ts`, `https://h/${REDACTED}/x.ts`],
  ["a short signed token", "https://h/ey.ey.c2/x", `https://h/${REDACTED}/x`],
  ["two words with a dot", "https://h/segment00001.ts", "https://h/segment00001.ts"],
  ["an encoded token", `https://h/${"%61".repeat(24)}/x`, `https://h/${REDACTED}/x`],
  ["a token encoded twice", `https://h/${"%2561".repeat(24)}/x`, `https://h/${REDACTED}/x`],
  ["bad encoding", "https://h/a%zz/x", `https://h/${REDACTED}/x`],
  ["a cut encoding", "https://h/a%c3/x", `https://h/${REDACTED}/x`],
  ["a user in a URL in the path", "https://proxy/https://u:p@h/a", `https://proxy/https://${REDACTED}/a`],
  ["an encoded user in the path", "https://proxy/u%3Ap%40h/a", `https://proxy/${REDACTED}/a`],
  ["a version in the path", "https://cdn.test/npm/hls.js@1/a", "https://cdn.test/npm/hls.js@1/a"],
  ["an encoded space", "https://h/my%20file.ts", "https://h/my%20file.ts"],
  ["a path with dots", "https://h/a/../b", "https://h/b"],
  ["a host in capitals", "HTTPS://CDN.Test/A", "https://cdn.test/A"],
  ["a relative one", "/live/a.ts?token=1", REDACTED],
  ["nothing", "", REDACTED],
  ["a sentence with a URL", "failed: https://u:p@h/a?b", REDACTED],
  ["a mail address", "mailto:joe@example.test", REDACTED],
  ["a blob", "blob:https://h/0b1c2d3e", REDACTED],
  ["data", "data:text/plain,secret", REDACTED],
  ["a file", "file:///srv/films/a.ts", REDACTED],
  ["a path of Windows", "C:\\Users\\joe", REDACTED],
  ["slashes the wrong way", "https:\\\\u:p@h\\a", REDACTED],
  ["a line break in the scheme", "ht\ntps://u:p@h/a", REDACTED],
  ["no slashes", "https:h/a", REDACTED],
];

describe("URLs", () => {
  test.each(urls)("%s", (_, before, after) => {
    expect(redactUrl(before)).toBe(after);
    expect(redactUrl(after)).toBe(after);
    expect(isRedacted(after)).toBe(true);
  });

  test.each(
    urls.filter(
      ([, before, after]) => before !== after && !["https://cdn.test", "HTTPS://CDN.Test/A"].includes(before),
    ),
  )("%s is not redacted before", (_, before) => {
    expect(isRedacted(before)).toBe(before === "https://h/a/../b");
  });

  test("of 20 000 random ones each is redacted to itself, without user, query or fragment", () => {
    const random = seeded(7);
    const pieces = [
      ...[
        "https://",
        "http:/",
        "rtsp://",
        "://",
        "u:p@",
        "host",
        ".test",
        ":80",
        "/",
        "//",
        "?",
        "#",
        "%",
        "%2F",
        "%2561",
      ],
      ...[
        "a".repeat(24),
        "0f".repeat(16),
        jwt,
        "..",
        ".",
        "\\",
        " ",
        "\t",
        "é",
        "\ud800",
        ":redacted",
        "[::1]",
        "=",
        "@",
        "%zz",
      ],
    ];
    for (let round = 0; round < 20_000; round++) {
      const url = Array.from({ length: 1 + random(9) }, () => pieces[random(pieces.length)]).join("");
      const once = redactUrl(url);
      expect([url, redactUrl(once)]).toEqual([url, once]);
      expect([url, isRedacted(once)]).toEqual([url, true]);
      expect([url, /[?#]|:[^/]*@/.test(once)]).toEqual([url, false]);
    }
  });
});

test("a path of many colons takes no longer than one of other signs: it cannot hold up the service", () => {
  const took = (sign: string): number => {
    const began = performance.now();
    redactUrl(`http://h/${sign.repeat(60_000)}`);
    return performance.now() - began;
  };
  const others = Math.min(took(";"), took(";"), took(";"));
  expect(Math.min(took(":"), took(":"))).toBeLessThan(100 * others + 10);
});

test("an address as a key is redacted too", () => {
  expect(redactMeta({ "https://u:p@h/a?b": 12, "gst:latency": 3 })).toEqual({ "https://h/a": 12, "gst:latency": 3 });
});

/** TABLE: key, value → what is kept. */
const fields: [key: string, before: string | number | null, after: string | number | null][] = [
  ["url", "https://h/a?b", "https://h/a"],
  ["URI", "a?b", REDACTED],
  ["Manifest_URL", "/live.m3u8?token=1", REDACTED],
  ["segmentUrl", "seg.ts?token=1", REDACTED],
  ["request.url", "https://u@h/a", "https://h/a"],
  ["poster_url", "/p?x", REDACTED],
  ["anything", "see https://h/a?b", REDACTED],
  ["anything", "https://h/a?b", "https://h/a"],
  ["anything", "://x", REDACTED],
  ["anything", "mailto:joe@example.test", REDACTED],
  ["anything", "plain text: with a colon", "plain text: with a colon"],
  ["error_code", "bufferStalledError", "bufferStalledError"],
  ["codecs", "avc1.42e01e,mp4a.40.2", "avc1.42e01e,mp4a.40.2"],
  ["at", "2026-04-28T12:00:00Z", "2026-04-28T12:00:00Z"],
  ["curl", "words", "words"],
  ["network.redacted_url", "https://h/a", "https://h/a"],
  ["Network.Redacted_URL", "https://h/a?b", "https://h/a"],
  ["auth_token", "abc", REDACTED],
  ["authorization", "Bearer abc", REDACTED],
  ["cookie", "a=b", REDACTED],
  ["userAgent", "Mozilla/5.0", REDACTED],
  ["client_ip", "192.0.2.1", REDACTED],
  ["clip", "words", "words"],
  ["url", 5, 5],
  ["url", null, null],
];

test.each(fields)("meta %s: %s", (key, before, after) => {
  const meta = { [key]: before };
  expect(redactMeta(meta)).toEqual({ [key]: after });
  expect(redactMeta(redactMeta(meta))).toEqual({ [key]: after });
  expect(meta).toEqual({ [key]: before });
});
