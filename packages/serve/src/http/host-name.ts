// Does a request call the service by a name of its own? Else a page that has made its own name lead here (DNS rebinding) could read.
// SPDX-License-Identifier: MPL-2.0
import { isIP } from "node:net";

export const isLoopback = (address: string): boolean => /^(127(\.\d{1,3}){3}|::1|localhost)$/i.test(address);

/** `host`: the header. Beyond loopback the names in a network are not known, and every one is taken. */
export function isOwnHost(host: string | undefined, address: string): boolean {
  if (!isLoopback(address)) return true;
  if (host === undefined || !URL.canParse(`http://${host}/`)) return false;
  const { hostname } = new URL(`http://${host}/`);
  const name = hostname.replace(/^\[|\]$/g, "");
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost");
}
