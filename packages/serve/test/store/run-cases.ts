// Do the cases of the contract hold in a Node without a test runner, which brings SQLite of its own?
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore } from "../../src/store/open.js";
import { allCases } from "./all-cases.js";

export interface CaseResult {
  name: string;
  adapter: string;
  /** null: it holds. */
  problem: string | null;
}

const worker = pathToFileURL(process.argv[2] ?? "");

for (const { name, check } of allCases) {
  const directory = mkdtempSync(join(tmpdir(), "gst-pyroscope-store-"));
  const store = await openStore({ directory, worker });
  const { adapter } = await store.stats();
  const problem = await check(store).then(
    () => null,
    (error: Error) => error.stack ?? error.message,
  );
  await store.close();
  rmSync(directory, { recursive: true });
  console.log(JSON.stringify({ name, adapter, problem } satisfies CaseResult));
}
