// How much patience has a server of ours with a request, and how long may its headers be?
// SPDX-License-Identifier: MPL-2.0

/** Milliseconds that a client has to send its request, and to read the response, before the connection is closed. */
export const PATIENCE_MS = 5000;
const MOST_HEADER_BYTES = 8192;

/** Options for createServer of node:http and node:https. */
export const requestLimits = (patienceMs: number) => ({
  headersTimeout: patienceMs,
  requestTimeout: patienceMs,
  connectionsCheckingInterval: patienceMs / 5,
  maxHeaderSize: MOST_HEADER_BYTES,
});
