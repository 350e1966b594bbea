// Does a key tell what its value is, and is a word that a person chose told apart from a credential?
import { describe, expect, it } from "vitest";
import { authWordsIn, keyKind, plainWord, startsLikeCredential, wordEnd } from "../../../src/redact/keys.js";
import { redactionWords } from "../../../src/redact/words.js";

describe("a key", () => {
  it.each(["password", "X-Api-Key", "--auth-token", "userPassword", "DB_PASSWD", "stream-key", "rtmpStreamKey", "sig"])(
    "%s is of a secret",
    (key) => expect(keyKind(key)).toBe("secret"),
  );

  it.each(["location", "--location", "LOCATION", "end_usage", "srtp-auth", "service.name", "k8s.pod.uid"])(
    "%s is harmless",
    (key) => expect(keyKind(key)).toBe("harmless"),
  );

  it.each(["", "-", "bitrate", "key-int-max", "keyframes", "monkey", "foo.bar"])("of %j nothing is known", (key) => {
    expect(keyKind(key)).toBe("unknown");
  });

  it("that tells a secret is one although it stands in a harmless namespace", () => {
    expect(keyKind("service.api_key")).toBe("secret");
    expect(keyKind("host.password.hint")).toBe("secret");
  });

  it("that is too long to be one is kept secret, whatever is in it", () => {
    expect(keyKind("a".repeat(201))).toBe("secret");
    expect(keyKind("a".repeat(200))).toBe("unknown");
  });

  it("is known by every word of the tables, in capitals too", () => {
    for (const word of [...redactionWords.telling, ...redactionWords.lastWord]) {
      expect(keyKind(word), word).toBe("secret");
      expect(keyKind(`x-${word.toUpperCase()}`), word).toBe("secret");
    }
    for (const word of redactionWords.harmlessKey) expect(keyKind(word), word).toBe("harmless");
  });
});

it("a word ends at the first sign that is no letter, digit, dot, hyphen or underscore", () => {
  expect(wordEnd("a-b_c.d9=x", 0)).toBe(8);
  expect([wordEnd("=x", 0), wordEnd("", 0), wordEnd("abc", 1), wordEnd("é", 0)]).toEqual([0, 0, 3, 0]);
});

describe("words that a credential follows", () => {
  const of = (text: string) => authWordsIn(text, 0, text.length);

  it("are those of the table; after Bearer anything is one", () => {
    expect([of("Bearer"), of("BASIC"), of("token"), of("bear"), of("bearers"), of("")]).toEqual([
      "always",
      "prose",
      "prose",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a plain word", () => {
  const plain = (text: string) => plainWord(text, 0, text.length);

  it.each(["", "live", "camera-1", "live.m3u8", "stream01", "a".repeat(64)])("may be %j", (text) =>
    expect(plain(text)).toBe(true),
  );

  it.each([
    "a".repeat(65),
    "a b",
    "a/b",
    "é",
    "a@b",
    "ghp_1",
    "AKIAX",
    "eyJhbGci",
    "d41d8cd98f00b204e9800998ecf8427e",
    "a1b2c3d4e5",
    "2026-11-29", // changes all the time: nobody knows what for
    "x9Y8z7W6.m3u8",
  ])("is not %j", (text) => expect(plain(text)).toBe(false));

  it("is looked for between two places, not in the whole text", () => {
    expect(plainWord("///live///", 3, 7)).toBe(true);
    expect(plainWord("///live///", 2, 7)).toBe(false);
  });
});

it("a provider's marks are known where they begin, and nowhere else", () => {
  for (const mark of redactionWords.credentialBegins) {
    expect(startsLikeCredential(`x ${mark}abc`, 2)).toBe(true);
    expect(startsLikeCredential(`x ${mark}abc`, 1)).toBe(false);
  }
});
