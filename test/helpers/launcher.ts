// What does `run` do around a command when nobody profiles? The real launcher with a host that only keeps a diary.
// The test bundles this file and starts it as a program: argv[2] is a RunRequest, argv[3] the plugin folder.
import { appendFileSync } from "node:fs";
import type { Host, OpenHost } from "../../src/agent/agent.js";
import { leaveLike } from "../../src/commands/launch.js";
import { drawOnTerminal } from "../../src/commands/meanwhile.js";
import { run } from "../../src/commands/run.js";
import { environment } from "../../src/config/config.js";

const { DIARY: diary = "/dev/null", HOST: kind = "busy", ...others } = environment();
const note = (line: string) => appendFileSync(diary, `${line}\n`);

const openHost: OpenHost = async ({ captureDir }) => {
  if (kind === "refuses") throw new Error("the capture directory is not empty");
  note(`open ${captureDir}`);
  let command: number[] = [];
  const host: Host = {
    watch: (pid) => {
      note(`watch ${pid}`);
      command = [pid];
    },
    livePage: async () => undefined,
    profiled: () => 1,
    fetching: () => ({ asked: 0, ended: 0, bytes: 0, module: "" }),
    processes: () => command,
    finish: async () => {
      note("finish");
      if (kind === "hangs") await new Promise((done) => setTimeout(done, 1 << 30));
      return { sawGStreamer: kind === "busy", lines: ["summary line"], leftBehind: [] };
    },
  };
  return host;
};

const say = (line: string) => process.stderr.write(`${line}\n`);
const [request = "", pluginFolder = ""] = process.argv.slice(2);
const now = () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const draw = drawOnTerminal(others);
const parts = { environment: others, pluginFolder, openHost, say, draw, now };
leaveLike(await run(JSON.parse(request), parts));
