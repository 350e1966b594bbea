// Is a failed connection called what it is, by the code or by the words of the library that noticed?
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { reasonIn, reasonOf } from "../../../src/delivery/reasons.js";

const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

describe("the sentence", () => {
  it.each([
    ["ENOTFOUND", "getaddrinfo ENOTFOUND no.such.host", /^the name no\.such\.host does not resolve \(ENOTFOUND\)$/],
    ["EAI_AGAIN", "getaddrinfo EAI_AGAIN h", /no name server answers \(EAI_AGAIN\)$/],
    ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1", /nothing listens .* \(ECONNREFUSED\)$/],
    ["ETIMEDOUT", "connect ETIMEDOUT", /^no answer to the attempt to connect/],
    ["EHOSTUNREACH", "x", /^the machine cannot be reached/],
    ["ENETUNREACH", "x", /^there is no route/],
    ["CERT_HAS_EXPIRED", "certificate has expired", /has expired/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", /self-signed/],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", /authority .* is unknown/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames", /for another name/],
    ["HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/", /^the answer is not HTTP/],
    ["ECONNRESET", "socket hang up", /closed the connection without an answer/],
  ])("for %s is about what was seen", (code, message, said) => {
    expect(reasonOf(failure(code, message))).toMatch(said);
  });

  it("is found in words of gRPC without a code, and names the host without its port", () => {
    expect(reasonIn("Name resolution failed for target dns:collector.example:4317")).toBe(
      "the name collector.example does not resolve",
    );
    expect(reasonIn("14 UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:4317")).toMatch(/^the connection was refused/);
  });

  it("for a particular failure comes before that of a general one in the same text", () => {
    expect(reasonIn("Failed to connect (ECONNREFUSED)")).toMatch(/nothing listens/);
    expect(reasonIn("tlsv1 alert unknown ca")).toMatch(/refused the TLS handshake/);
    expect(
      reasonIn("Client network socket disconnected before secure TLS connection was established ECONNRESET"),
    ).toMatch(/not a TLS server/);
  });

  it("is the text itself where nothing of it is known", () => {
    expect(reasonIn("the moon is full")).toBe("the moon is full");
    expect(reasonIn("")).toBe("");
    expect(reasonOf(failure("EODD", "odd"))).toBe("EODD odd");
    expect(reasonOf({})).toBe("");
  });

  it("of several addresses that were tried is that of the first", () => {
    const both = new AggregateError([failure("ECONNREFUSED", "connect ECONNREFUSED ::1:1"), failure("ETIMEDOUT", "x")]);
    expect(reasonOf(both)).toMatch(/nothing listens .* \(ECONNREFUSED\)$/);
    expect(reasonOf(new AggregateError([]))).toBe("");
  });
});

it("a real port at which nobody listens is called so", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await new Promise((resolve) => connect(port, "127.0.0.1").once("error", resolve));
  expect(reasonOf(error)).toMatch(/^the connection was refused/);
});
