// Does a request call this server by a name of its own? Against pages that have their own name lead here (DNS rebinding).
// SPDX-License-Identifier: MPL-2.0

import { isIP } from "node:net";
import { hostname } from "node:os";

export const isLoopback = (address: string): boolean => /^((::ffff:)?127\.|::1$|localhost$)/i.test(address);

/**
 * True if `host`, the header, is localhost, this host's name, the configured address or an IP address. Where the server is
 * `bound` to other addresses than loopback every name is accepted, because the names in a network are not known.
 */
export function isOwnName(host: string | undefined, at: { configured: string; bound: string }): boolean {
  if (host === undefined || !isLoopback(at.bound)) return true;
  const url = `http://${host}/`;
  if (!URL.canParse(url)) return false;
  const name = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const own = ["localhost", at.configured.toLowerCase(), hostname().toLowerCase()];
  return isIP(name) !== 0 || own.includes(name) || name.endsWith(".localhost");
}
