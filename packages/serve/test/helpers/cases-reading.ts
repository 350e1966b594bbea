// TABLE: what do other methods, pages of sessions and cursors answer?
import type { Case } from "./case.js";

export const readingCases: Case[] = [
  ...["GET", "PUT", "DELETE", "PATCH"].map((method) => ({
    name: `${method} is not for events`,
    method,
    status: 405,
    error: "method_not_allowed",
  })),
  {
    name: "POST is not for sessions",
    method: "POST",
    path: "/api/stream-sessions",
    status: 405,
    body: {},
    error: "method_not_allowed",
  },
  { name: "nothing below /api", method: "GET", path: "/api/nothing", status: 404, error: "not_found" },
  { name: "limit 0", method: "GET", path: "/api/stream-sessions?limit=0", status: 400, error: "limit_invalid" },
  { name: "limit 1000", method: "GET", path: "/api/stream-sessions?limit=1000", status: 200 },
  { name: "limit 1001", method: "GET", path: "/api/stream-sessions?limit=1001", status: 400, error: "limit_invalid" },
  { name: "limit x", method: "GET", path: "/api/stream-sessions?limit=x", status: 400, error: "limit_invalid" },
  {
    name: "events_limit -1",
    method: "GET",
    path: "/api/stream-sessions/zero?events_limit=-1",
    status: 400,
    error: "events_limit_invalid",
  },
  {
    name: "a cursor that is none",
    method: "GET",
    path: "/api/stream-sessions?cursor=%21",
    status: 400,
    error: "cursor_invalid_malformed",
  },
  {
    name: "a cursor of version 2",
    method: "GET",
    path: `/api/stream-sessions?cursor=${cursor({ v: 2 })}`,
    status: 400,
    error: "cursor_invalid_legacy",
  },
  {
    name: "a cursor without a version",
    method: "GET",
    path: `/api/stream-sessions?cursor=${cursor({})}`,
    status: 400,
    error: "cursor_invalid_legacy",
  },
  {
    name: "a cursor of another project",
    method: "GET",
    path: `/api/stream-sessions?cursor=${cursor({ v: 3, pid: "x", sa: 1, sid: "y" })}`,
    status: 400,
    error: "cursor_invalid_malformed",
  },
  {
    name: "a session that is not there",
    method: "GET",
    path: "/api/stream-sessions/nobody",
    status: 404,
    error: "session_not_found",
  },
  {
    name: "reading without a token",
    method: "GET",
    path: "/api/stream-sessions",
    headers: { "X-MTrace-Token": "" },
    status: 401,
    error: "token_missing",
  },
  {
    name: "reading with a foreign token",
    method: "GET",
    path: "/api/stream-sessions",
    headers: { "X-MTrace-Token": "x" },
    status: 401,
    error: "token_unknown",
  },
  {
    name: "deleting with a token that may not",
    method: "DELETE",
    path: "/api/stream-sessions/zero",
    status: 403,
    error: "token_not_permitted",
  },
  { name: "health needs no token", method: "GET", path: "/api/health", headers: { "X-MTrace-Token": "" }, status: 200 },
];

function cursor(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
