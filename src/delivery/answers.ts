// Is a success the answer of the server that we mean? A login page and a wrong port say 200 too, and then the data is lost.
// SPDX-License-Identifier: MPL-2.0

import { isProto } from "../encoding/proto-reader.js";
import { attempt } from "../model/attempt.js";
import type { Reply } from "./transport.js";

const json = /^application\/json\b/i;
const proto = /^application\/(x-)?proto(buf)?\b/i;
/** A longer body is kept in part: whether all of it is well-formed is not known then. */
const MAX_CHECKED = 4095;

/** Of push.v1.PusherService/Push: a message without fields, in the language of the request or as JSON. */
export function judgePush(reply: Reply): Reply {
  return judge(reply, "Pyroscope", (contentType) => contentType !== "");
}

/** Of OTLP. Some that take it say 200 and nothing else, not even what kind of nothing. */
export function judgeExport(reply: Reply): Reply {
  return judge(reply, "a collector", (contentType, body) => contentType !== "" || body.length === 0);
}

/** Of a session service: {"accepted": 3}. */
export function judgeWindows(reply: Reply): Reply {
  return judge(reply, "a session service", (contentType) => json.test(contentType));
}

function judge(reply: Reply, who: string, named: (contentType: string, body: Uint8Array) => boolean): Reply {
  const { status, contentType = "", body = new Uint8Array(), message } = reply;
  if (status < 200 || status >= 300) return reply;
  const told = named(contentType, body) && (contentType === "" || json.test(contentType) || proto.test(contentType));
  if (told && fits(body, contentType)) return reply;
  const what = told ? `${contentType}, but not such a message` : contentType || "nothing that says what it is";
  const page = contentType.startsWith("text/html") ? `, ${message}` : "";
  return { ...reply, foreign: true, message: `status ${status} with ${what}${page}: ${who} answers otherwise` };
}

function fits(body: Uint8Array, contentType: string): boolean {
  if (body.length === 0 || body.length > MAX_CHECKED) return true;
  if (!json.test(contentType)) return isProto(body);
  const value: unknown = attempt(() => JSON.parse(Buffer.from(body).toString()), null);
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
