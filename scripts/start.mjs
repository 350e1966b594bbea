// Is there a command to start yet? Then this process becomes it.
// SPDX-License-Identifier: MPL-2.0
import { existsSync } from "node:fs";
import { asProgram, root, StepFailed } from "./steps.mjs";

await asProgram(import.meta.url, async () => {
  if (!existsSync(`${root}dist/cli.js`) || !existsSync(`${root}node_modules/commander`))
    throw new StepFailed("Nothing is built yet: run npm run setup, then npm run build.");
  await import("../dist/cli.js");
});
