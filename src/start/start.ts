// How does the program begin? What lies beside this file is all of it.
// SPDX-License-Identifier: MPL-2.0

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { begin } from "./begin.js";

void begin(join(dirname(fileURLToPath(import.meta.url)), "program.cjs"), process.argv.slice(2));
