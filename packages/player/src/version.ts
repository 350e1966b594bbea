// Which name and version of this package do events carry?
// SPDX-License-Identifier: MIT

/** The same version as in package.json; a test compares them. */
export const sdk = { name: "gst-pyroscope-player", version: "0.1.0" };
