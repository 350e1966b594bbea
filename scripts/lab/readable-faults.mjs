// Can the session service read the faults that the lab is asked for? Asked before anything starts, with the service's own rule.
// SPDX-License-Identifier: MPL-2.0
import { root, StepFailed } from "../steps.mjs";

/** Whether the pipeline has the place of a fault, only the pipeline knows. */
export async function needReadable(faults) {
  if (faults.length === 0) return;
  const { readFault, FAULT_HELP } = await serviceRule();
  for (const { fault } of faults)
    if (readFault(fault) === null) throw new StepFailed(`fault=${fault} cannot be read: ${FAULT_HELP}`);
}

/** Its source is TypeScript; the bundler is loaded late, so that a checkout without packages gets as far as being told. */
async function serviceRule() {
  const { build } = await import("esbuild");
  const entryPoints = [`${root}packages/serve/src/origin/faults.ts`];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: "esm", write: false, logLevel: "warning" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
