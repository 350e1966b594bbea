// What does `top` do as a program of its own, on a terminal? The real one, with agents in a folder of the test.
// The test bundles this file and starts it: argv[2] is that folder, argv[3] the flags as JSON. FAILS: what is thrown after a second look.

import { leaveLike } from "../../src/commands/launch.js";
import { top } from "../../src/commands/top.js";
import { environment } from "../../src/config/config.js";
import { askDoor, doors } from "../../src/door/doors.js";
import { agentWith } from "./statuses.js";

const [folder = "", flags = "{}"] = process.argv.slice(2);

async function agents() {
  const places = await doors(folder);
  return Promise.all(
    places.map(async (place) => {
      const { text } = await askDoor(place, { method: "GET", path: "/api/status" });
      return { ...agentWith(place.agentPid, ...JSON.parse(text).targets), place };
    }),
  );
}

if (process.env.FAILS !== undefined)
  process.on("SIGUSR2", () => {
    throw new Error(process.env.FAILS);
  });

const say = (line: string) => process.stderr.write(`top: ${line}\n`);
const parts = { environment: environment(), agents, input: process.stdin, output: process.stdout, say, colour: true };
leaveLike(await top(undefined, JSON.parse(flags), parts));
