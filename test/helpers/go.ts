// Which Go is on this machine, if any?

import { spawnSync } from "node:child_process";

const version = /go(\d+)\.(\d+)/.exec(spawnSync("go", ["version"], { encoding: "utf8" }).stdout ?? "");

export const hasGo = version !== null;

export function goAtLeast(major: number, minor: number): boolean {
  if (version === null) return false;
  const [, a, b] = version.map(Number) as [number, number, number];
  return a > major || (a === major && b >= minor);
}
