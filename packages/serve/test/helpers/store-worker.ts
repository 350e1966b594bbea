// How do tests get the bundle that the threads with SQLite run? It goes after the last test of the file that imports this one.
// SPDX-License-Identifier: MPL-2.0
import { afterAll } from "vitest";
import { removeBundles } from "./bundle.mjs";

export { bundle, storeWorker } from "./bundle.mjs";

afterAll(removeBundles);
