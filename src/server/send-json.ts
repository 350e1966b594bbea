// How does a text that is there as a whole go out? Straight to the connection: a Response would copy it into a stream first.
// SPDX-License-Identifier: MPL-2.0

import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";

/** Answers with this JSON, or with 204; nothing may be sent after it. */
export type SendJson = (text: string | null) => Response;

declare module "hono" {
  interface ContextVariableMap {
    /** From servers that can do it, for requests where it is possible. */
    sendJson: SendJson | undefined;
  }
}

/** A clone is one of Node's own: of a Response of @hono/node-server, if that is the global one, headers would be written again. */
const sent = RESPONSE_ALREADY_SENT.clone();

export const isSent = (answer: Response): boolean => answer === sent;

/** `headers`: of every answer. undefined: Hono has to make the answer, as that to HEAD. */
export function jsonSender(c: Context, headers: Readonly<Record<string, string>>): SendJson | undefined {
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>;
  if (outgoing === undefined || c.req.method === "HEAD") return undefined;
  return (text) => {
    if (text === null) outgoing.writeHead(204, headers);
    else {
      const length = Buffer.byteLength(text);
      outgoing.writeHead(200, { ...headers, "Content-Type": "application/json", "Content-Length": length });
    }
    outgoing.end(text ?? undefined);
    return sent;
  };
}
