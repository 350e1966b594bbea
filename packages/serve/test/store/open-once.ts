// Does a store of another process open this directory?
// SPDX-License-Identifier: MPL-2.0
import { pathToFileURL } from "node:url";
import { openStore } from "../../src/store/open.js";

const [, , worker = "", directory = ""] = process.argv;
try {
  const store = await openStore({ directory, worker: pathToFileURL(worker), driver: "better-sqlite3" });
  await store.close();
  console.log("opened");
} catch (error) {
  console.log((error as Error).message);
}
