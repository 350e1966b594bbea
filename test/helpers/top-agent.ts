// How does a test answer `top` in the place of an agent? The routes of a running target, with answers that the test may change.

import type { Hono } from "hono";
import type { AskedAgent } from "../../src/commands/agents.js";
import type { DoorPlace } from "../../src/door/doors.js";
import type { TargetStatus } from "../../src/live/live-target.js";
import type { Summary } from "../../src/model/summary.js";
import { openDoor } from "./doors.js";
import { functions, summary, target } from "./top-data.js";

export interface TopAgent {
  place: DoorPlace;
  folder: string;
  /** Paths that were asked for, with their queries. */
  asked: string[];
  targets: TargetStatus[];
  summary: Summary;
  /** The agent ends. */
  close(): void;
}

export async function topAgent(): Promise<TopAgent> {
  const asked: string[] = [];
  const opened = openDoor((app: Hono) => {
    app.use((c, next) => {
      asked.push(c.req.url.replace(/^[^/]*\/\/[^/]*/, ""));
      return next();
    });
    app.get("/api/status", (c) => c.json({ version: "1.2.3", pid: process.pid, targets: agent.targets }));
    app.get("/api/targets/:id/summary", (c) => c.json(agent.summary));
    app.get("/api/targets/:id/functions", (c) => c.json(functions));
  });
  const agent: TopAgent = {
    ...{ place: opened.place, folder: opened.folder, asked, summary },
    targets: [{ ...target, pipelines: [...target.pipelines] }],
    close: () => opened.door.close(),
  };
  await opened.door.opened;
  return agent;
}

export const askedAgent = ({ place, targets }: TopAgent): AskedAgent => ({
  ...{ place, version: "1.2.3", problem: "" },
  targets,
});
