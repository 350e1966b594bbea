// Is who was there replaced wherever it stands, by the same text each time, and is what only looks like it left alone?
import { describe, expect, test } from "vitest";
import { Personal } from "../../../src/redact/personal.js";

/** Of somebody. */
const HOME = ["", "home", "bob"].join("/");
const personal = (): Personal => new Personal({ users: ["alice", "root", "al"], hosts: ["studio-7", ""] });

describe("a text", () => {
  test("loses home directories, names of users and hosts, addresses, mail addresses", () => {
    const of = personal();
    const kinds = (text: string): string => of.text(text).replaceAll(/-\d+/g, "");
    expect(kinds(`${HOME}/src/x.c: bob, Alice and alice on studio-7`)).toBe(
      ["", "home", "home", "src", "x.c: user, Alice and user on host"].join("/"),
    );
    expect(kinds("connect to 10.1.2.3, fe80::1%eth0 and 2001:db8::7:1")).toBe(
      "connect to address, address%eth0 and address",
    );
    expect(kinds("mail carol@example.org")).toMatch(/^mail (mail|\*\*\*)/);
    expect(of.counts).toMatchObject({ home: 1, user: 2, host: 1, address: 3 });
  });

  test("loses credentials, as everywhere else", () => {
    const of = personal();
    const shown = of.text("rtmpsink location=rtmp://u:p@h/live/secretkey token=abc https://h/x?token=a1b2c3d4e5f6");
    expect(shown).not.toMatch(/secretkey|abc|a1b2|u:p/);
    expect(of.counts.credentials).toBe(1);
  });

  test("keeps what is no address, what all machines have, and names that are a part of another word", () => {
    const of = personal();
    const text = "1.22.0 at 127.0.0.1, ::1, libfoo.so.1.2.3.4, 12:34:56, 999.1.1.1, root, malice, alicedb, std::b2::c";
    expect(of.text(text)).toBe(text);
    expect(Object.values(of.counts)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("has one text for one thing, and others for others", () => {
    const of = personal();
    const [one, other] = [of.name("cam-10.0.0.1"), of.name("cam-10.0.0.2")];
    expect(one).not.toBe(other);
    expect(of.name("cam-10.0.0.1")).toBe(one);
  });
});

describe("a path", () => {
  test("is that of the names in it, whatever stands around it", () => {
    const of = personal();
    const name = of.name("rtsp://10.0.0.9/a");
    expect(of.path("p/rtsp:\\/\\/10.0.0.9\\/a")).toBe(`p/${name.replaceAll("/", "\\/")}`);
    expect(of.path("(driver:p/alice)")).toBe(`(driver:${of.path("p/alice")})`);
    expect(of.path("\\(driver:p/alice)")).toBe(`\\(driver:p/${of.name("alice)")}`);
    expect(of.path("(factory:x264enc)")).toBe("(factory:x264enc)");
  });
});

test("a function keeps its operators, and parts of its name that a user is called by", () => {
  const of = new Personal({ users: ["gst"], hosts: [] });
  for (const name of ["operator==(a const&)", "gst_pad_push", "x::key=value"]) expect(of.code(name)).toBe(name);
  expect(of.code(`${HOME}/x.c:f`)).toBe(`${HOME}/x.c:f`.replace("bob", "home-1"));
});

test("a long text takes time in proportion to its length", () => {
  const of = personal();
  const took = (n: number): number => {
    const begin = process.cpuUsage().user;
    for (const part of ["a.b@", "1.1.", ":1", HOME, "::"]) of.text(part.repeat(n));
    return process.cpuUsage().user - begin;
  };
  const short = Math.max(1000, took(500));
  expect(took(8000)).toBeLessThan(64 * short);
});
