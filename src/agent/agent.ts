// What happens between a segment and a server? The composition: the only file, with those in agent/, that knows all parts.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { findSegments } from "../attach/segments.js";
import { captureFiles } from "../capture/format.js";
import { readCapture } from "../capture/reader.js";
import { type Config, environment, type Layers } from "../config/config.js";
import { createLog, type Log } from "../log.js";
import { loadNative, type SegmentSource } from "../native.js";
import { boundEnd } from "./ending.js";
import { RunHost } from "./host.js";
import type { OpenHost } from "./host-request.js";
import { writeHtml } from "./report-file.js";
import { Services } from "./services.js";
import { attachSegment } from "./session/opening.js";
import { Target, type TargetRequest } from "./session/target.js";

export { probeServer } from "../delivery/probe.js";
export { loadNative } from "../native.js";
export { destinationsOf } from "../output/destinations.js";
export type { Host, HostSummary, OpenHost } from "./host-request.js";

/** Checks what can be checked before anything runs; nothing is written before a segment is seen. */
export const openHost: OpenHost = async (request) => {
  failBeyondFileLimit();
  const { stderr } = process;
  const colour = stderr.isTTY === true && (environment().NO_COLOR ?? "") === "";
  return new RunHost({ target: parts("several"), request, terminal: { columns: stderr.columns ?? 80, colour } });
};

/** How long what is still open after the work may take to close. */
const LEAVE_MS = 500;

/** Serves one target until it is gone; the exit code. SIGTERM means "deliver now", SIGINT "deliver and leave". */
export async function runAgent(source: { fd: number } | { pid: number }, layers: Layers): Promise<number> {
  failBeyondFileLimit();
  let own: ReturnType<typeof parts>;
  let target: Target;
  try {
    own = parts("one");
    const found = sourceOf(source);
    const segment = attachSegment(own.native, found);
    const pid = "pid" in found ? found.pid : undefined;
    const bounds = boundEnd({ native: own.native, segment, pid });
    target = await Target.open({
      ...own,
      ...bounds,
      segment,
      pid,
      layers,
      tells: "fd" in source,
      pointedAt: "pid" in source,
    });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    createLog("error").error(message, { code });
    return error instanceof NoSegment ? 2 : 1; // as the table of exit codes has it
  }
  process.on("SIGTERM", () => void target.flush());
  process.once("SIGINT", () => void target.leave());
  target.start();
  await target.done;
  own.services.close();
  // Nothing that is still open (a socket, a request that hangs) keeps an agent whose work is done.
  setTimeout(() => process.exit(), LEAVE_MS).unref();
  return 0;
}

/** A capture beyond the limit of file sizes is a failed write, not our end. A command that `run` starts does not inherit this. */
function failBeyondFileLimit(): void {
  process.on("SIGXFSZ", () => {});
}

/** Somebody pointed us at a process that cannot be served. */
class NoSegment extends Error {}

const noSegment = {
  gone: "does not exist; pgrep -a gst lists some",
  denied: "may not be looked into: be its user, or root",
  none: "has no tracer: start it with GST_TRACERS=pyroscope, as gst-pyroscope env prints",
};

function sourceOf(source: { fd: number } | { pid: number }): SegmentSource {
  if ("fd" in source) return source;
  const { places, problem } = findSegments(source.pid);
  const place = places.at(-1);
  if (place !== undefined) return { pid: place.pid, fd: place.fd };
  throw new NoSegment(`process ${source.pid} ${noSegment[problem ?? "none"]}`);
}

function parts(targets: "one" | "several"): Omit<TargetRequest, "segment" | "layers"> {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const native = loadNative();
  return { native, services: new Services(native, targets), version, log: logOf, report };
}

const logOf = (config: Config): Log => createLog(config.console ? config.logLevel : "silent");

async function report(dir: string, place: string): Promise<string | null> {
  const file = `${place}/${captureFiles.report}`;
  try {
    await writeHtml(await readCapture(dir), file);
    return `${dir}/${captureFiles.report}`;
  } catch {
    return null; // the capture itself is whole; `report --html` says what is wrong with the page
  }
}
