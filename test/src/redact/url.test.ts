// Is of an address shown what leads to the machine, and nothing that lets in?
import { describe, expect, it } from "vitest";
import { Places } from "../../../src/redact/places.js";
import { shownUrl, withoutUser } from "../../../src/redact/url.js";

/** The address from its begin, and where one goes on. */
function shown(text: string, at = 0): string {
  const places = new Places(text);
  const step = shownUrl(places, at, text.indexOf("://", at));
  return step.out + text.slice(step.at);
}

describe("an address", () => {
  it.each([
    ["http://h:4040/a/b", "http://h:4040/a/b"],
    ["rtsp://[fe80::1]:554/cam", "rtsp://[fe80::1]:554/cam"],
    ["file:///tmp/a@b?token=x", "file:///tmp/a@b?token=x"],
    ["http://u:p@h/x", "http://***@h/x"],
    ["http://u@h", "http://***@h"],
    ["http://u:p@ss@h/x", "http://***@h/x"],
    ["srt://h:1?passphrase=x&latency=20", "srt://h:1?passphrase=***&latency=20"],
    ["srt://h:1?mode=caller;latency=20", "srt://h:1?mode=caller;latency=20"],
    ["srt://h:1?streamid=x&odd", "srt://h:1?streamid=***&***"],
    ["http://h/x#frag", "http://h/x#***"],
    ["http://h/x#", "http://h/x#"],
    ["http://h/d41d8cd98f00b204e9800998ecf8427e/x", "http://h/***/x"],
    ["rtmp://h/app/key", "rtmp://h/app/***"],
    ["rtmp://h/app/", "rtmp://h/app/"],
    ["https://h/whip/key", "https://h/whip/***"],
    ["https://h/whep/key/more", "https://h/whep/***"],
    ["http://h ost/x", "http://h ost/x"],
  ])("%s is shown as %s", (text, expected) => expect(shown(text)).toBe(expected));

  it("whose host is none is not shown", () => {
    expect(shown("http://h$1:x/a")).toBe("http://***/a");
    expect(shown(`http://${"a".repeat(400)}/b`)).toBe("http://***/b");
  });

  it("keeps the signs that close it: brackets, quotes, a comma", () => {
    expect(shown("http://u:p@h/x), then")).toBe("http://***@h/x), then");
    expect(shown('see "http://u:p@h/x" there', 5)).toBe('"http://***@h/x" there'.slice(1));
  });

  it("with an @ that may end a password or stand in a query is not shown at all", () => {
    expect(shown("http://h/x?token=a@b")).toBe("http://***");
    expect(shown("http://h/p@ss@other/x")).toBe("http://***");
  });

  it("with a password that holds a blank is hidden to its host", () => {
    expect(shown("rtsp://admin:my pass@cam/1 next")).toBe("rtsp://***@cam/1 next");
  });
});

it("user and password without slashes leave a scheme that is known", () => {
  expect(withoutUser("turn:u:p@h", 0)).toBe("turn:***");
  expect(withoutUser("sips:u:p@h", 0)).toBe("sips:***");
  expect(withoutUser("u:p@h", 0)).toBe("***");
  expect(withoutUser("x turn:u:p@h", 0)).toBe("***");
});
