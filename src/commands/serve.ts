// Where is the session service? In a package of its own, which is loaded here and nowhere else.
// SPDX-License-Identifier: MPL-2.0

import { systemCode } from "../capture/errors.js";
import { importPackage } from "../outside.js";
import { exitCodes } from "./exit-codes.js";

const OWN_PACKAGE = "gst-pyroscope-serve";
const missing = `the session service is a package of its own: npm install ${OWN_PACKAGE}, then gst-pyroscope serve again`;
const load = (): Promise<unknown> => importPackage(OWN_PACKAGE);

/** Resolves to the exit code, of the service when it has ended. */
export async function serve(args: string[], say: (line: string) => void, loaded = load): Promise<number> {
  try {
    const { main } = (await loaded()) as { main: (args: string[]) => Promise<number> };
    return await main(args);
  } catch (error) {
    if (!systemCode(error).endsWith("MODULE_NOT_FOUND")) throw error;
    say(`gst-pyroscope: ${missing}`);
    return exitCodes.usage.code;
  }
}
