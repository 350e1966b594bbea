// What does the service write about itself? One JSON object a line, without tokens, addresses of clients or queries of URLs.
// SPDX-License-Identifier: MPL-2.0

export type Fields = Record<string, string | number | boolean | null>;

export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
}

export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}): void =>
      write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields })}\n`);
  return { info: at("info"), warn: at("warn") };
}
