// Does gRPC's answer mean in the words of HTTP what OTLP says of it?
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../../../src/delivery/outcomes.js";
import { endpointOf } from "../../../../src/delivery/transport.js";
import { ProtoWriter } from "../../../../src/encoding/proto-writer.js";
import { answerOf, rejectedIn } from "../../../../src/output/otlp/answers.js";

const target = endpointOf("http://127.0.0.1:4317", "", {}, {});
const GRPC = "application/grpc";

function error(code: status, details = "why", metadata = new Metadata()): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata });
}
const of = (code: status, details?: string, metadata?: Metadata) =>
  answerOf(target, GRPC, error(code, details, metadata));

/** A google.rpc.Status with a RetryInfo among its details. */
function retryInfo(seconds: number, nanos: number): Metadata {
  const [delay, info, any, rpc] = [new ProtoWriter(), new ProtoWriter(), new ProtoWriter(), new ProtoWriter()];
  delay.number(1, seconds);
  delay.number(2, nanos);
  info.message(1, delay.view());
  any.text(1, "type.googleapis.com/google.rpc.RetryInfo");
  any.message(2, info.view());
  rpc.number(1, 8);
  rpc.message(3, any.view());
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(rpc.view()));
  return metadata;
}

/** A partial success that refuses so many. */
function refusing(spans: number): Buffer {
  const [partial, reply] = [new ProtoWriter(), new ProtoWriter()];
  partial.number(1, spans);
  reply.message(1, partial.view());
  return Buffer.from(reply.view());
}

describe("a failure", () => {
  it.each([
    status.CANCELLED,
    status.DEADLINE_EXCEEDED,
    status.ABORTED,
    status.OUT_OF_RANGE,
    status.UNAVAILABLE,
    status.DATA_LOSS,
  ])("of code %d is tried again", (code) => expect(failureOf(of(code))).toBe("unreachable"));

  it.each([
    status.UNKNOWN,
    status.INVALID_ARGUMENT,
    status.ALREADY_EXISTS,
    status.FAILED_PRECONDITION,
    status.INTERNAL,
  ])("of code %d is final for this export", (code) => expect(failureOf(of(code))).toBe("invalid"));

  it("of who we are, or of where we went, is called so", () => {
    expect(failureOf(of(status.UNAUTHENTICATED))).toBe("denied");
    expect(failureOf(of(status.PERMISSION_DENIED))).toBe("denied");
    expect([failureOf(of(status.UNIMPLEMENTED)), failureOf(of(status.NOT_FOUND))]).toEqual(["misrouted", "misrouted"]);
    expect(of(status.UNAUTHENTICATED, "no token").message).toBe("no token");
  });

  it("of too much is worth half of it, and another try only where the server says when", () => {
    expect(of(status.RESOURCE_EXHAUSTED)).toEqual({ status: 400, message: "why", tooLarge: true });
    expect(of(status.RESOURCE_EXHAUSTED, "later", retryInfo(2, 500_000_000))).toEqual({
      status: 429,
      message: "later",
      retryAfterMs: 2500,
    });
  });

  it("says when to come again where the server does, and nothing where its details make no sense", () => {
    expect(of(status.UNAVAILABLE, "x", retryInfo(0, 1_000_000)).retryAfterMs).toBe(1);
    expect(of(status.UNAVAILABLE, "x", retryInfo(7, 0)).retryAfterMs).toBe(7000);
    const nonsense = new Metadata();
    nonsense.set("grpc-status-details-bin", Buffer.from([0x1a, 0xff, 1, 2]));
    expect("retryAfterMs" in of(status.UNAVAILABLE, "x", nonsense)).toBe(false);
  });

  it("to connect is named by its cause", () => {
    const details =
      "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: x";
    const answer = of(status.UNAVAILABLE, details);
    expect([answer.status, failureOf(answer)]).toEqual([503, "unreachable"]);
    expect(answer.message).toMatch(/^the connection was refused/);
  });
});

describe("a success", () => {
  it("is one with an answer of gRPC, and tells what was not taken", () => {
    expect(answerOf(target, GRPC, null, Buffer.alloc(0))).toEqual({ status: 200, message: "", rejected: 0 });
    expect(answerOf(target, `${GRPC}+proto`, null, refusing(3)).rejected).toBe(3);
  });

  it("is none where its bytes are no message", () => {
    expect(failureOf(answerOf(target, GRPC, null, Buffer.from("<html>Hotel</html>")))).toBe("foreign");
    expect(failureOf(answerOf(target, "", null, Buffer.alloc(0)))).toBeNull();
  });

  it("is none where a page for a browser came, with an error of gRPC or without", () => {
    expect(failureOf(answerOf(target, "text/html", null, Buffer.alloc(0)))).toBe("foreign");
    expect(failureOf(answerOf(target, "text/html", error(status.RESOURCE_EXHAUSTED, "a gigabyte")))).toBe("foreign");
    expect(failureOf(answerOf(target, "text/html", error(status.UNAVAILABLE, "Received HTTP status code 503")))).toBe(
      "unreachable",
    );
  });
});

it("what a collector refused is a number, whatever else stands there", () => {
  expect([rejectedIn(undefined), rejectedIn(new Uint8Array()), rejectedIn(refusing(0))]).toEqual([0, 0, 0]);
  expect(rejectedIn(refusing(70_000))).toBe(70_000);
  expect(rejectedIn(Buffer.from([0x0a, 0x0b, 0x08, ...new Array(9).fill(0xff), 0x01]))).toBe(0); // minus one
  expect(rejectedIn(Buffer.from("<html>"))).toBe(0);
});
