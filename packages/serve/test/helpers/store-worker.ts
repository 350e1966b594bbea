// How do tests get the bundle that the threads with SQLite run?
// SPDX-License-Identifier: MPL-2.0
export { bundle, storeWorker } from "./bundle.mjs";
