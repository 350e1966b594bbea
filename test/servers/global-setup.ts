// Are the real servers built? Builds them once; where that is refused it says so, and the tests count as skipped.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { goAtLeast } from "../helpers/go.js";
import { missingServers, serversHome } from "../helpers/servers.js";

export default function setup(): void {
  if (missingServers() === "") return;
  if (goAtLeast(1, 26)) {
    console.error("building the test servers from the Go module proxy: about 10 minutes the first time");
    const { status } = spawnSync(join(serversHome, "build.sh"), { stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0) console.error(`test/servers/build.sh failed with ${status}`);
  }
  const missing = missingServers();
  if (missing !== "") console.error(`SKIPPED: real servers: ${missing}`);
}
