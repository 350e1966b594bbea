// What happens between a segment and a server? The composition: the only file, with those in agent/, that knows all parts.
// SPDX-License-Identifier: MPL-2.0

import { findSegments } from "../attach/segments.js";
import { captureFiles } from "../capture/format.js";
import { environment } from "../config/config.js";
import type { Config, Layers } from "../config/configuration.js";
import { Layouts } from "../graph/layout.js";
import { version } from "../installation.js";
import { createLog, type Log } from "../log.js";
import { loadNative, type SegmentSource } from "../native.js";
import { boundEnd } from "./ending.js";
import type { OpenHost } from "./host-request.js";
import { staySmall } from "./lean-memory.js";
import { Services } from "./services.js";
import { attachSegment } from "./session/opening.js";
import { Target } from "./session/target.js";
import type { TargetRequest } from "./session/target-request.js";

export { probeServer } from "../delivery/probe.js";
export { loadNative } from "../native.js";
export { destinationsOf } from "../output/destinations.js";
export type { FetchState } from "../symbols/debuginfod.js";
export type { Host, HostSummary, OpenHost } from "./host-request.js";

/** Checks what can be checked before anything runs; nothing is written before a segment is seen. */
export const openHost: OpenHost = async (request) => {
  failBeyondFileLimit();
  const { RunHost } = await import("./host.js");
  const { stderr } = process;
  const colour = stderr.isTTY === true && (environment().NO_COLOR ?? "") === "";
  const target = parts("several");
  const { config } = request.resolved;
  target.services.page.configure(config, logOf(config));
  return new RunHost({ target, request, terminal: { columns: stderr.columns ?? 80, colour } });
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
  own.services.door.open(target.log);
  await target.done;
  own.services.close();
  // Nothing that is still open (a socket, a request that hangs) keeps an agent whose work is done.
  setTimeout(() => process.exit(), LEAVE_MS).unref();
  return 0;
}

/** A capture beyond the limit of file sizes is a failed write, not our end. A command that `run` starts does not inherit this. */
function failBeyondFileLimit(): void {
  if (process.listenerCount("SIGXFSZ") === 0) process.on("SIGXFSZ", () => {});
}

/** The process that the command line names cannot be served. */
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
  const native = loadNative();
  staySmall(native);
  return { native, services: new Services(native, targets), version, log: logOf, report };
}

const logOf = (config: Config): Log => createLog(config.console ? config.logLevel : "silent");

/** Servers wait meanwhile for what is theirs, and a command for its end. Processes of one run often have the same pipelines. */
const layouts = new Layouts({ limitMs: 3000 });

async function report(dir: string, place: string): Promise<string | null> {
  const file = `${place}/${captureFiles.report}`;
  try {
    // Not with the program: modules that are read at once take a descriptor each, and some limits leave few.
    const [{ readCapture }, { writeHtml }] = await Promise.all([
      import("../capture/reader.js"),
      import("./report-file.js"),
    ]);
    await writeHtml(await readCapture(dir), file, layouts);
    return `${dir}/${captureFiles.report}`;
  } catch {
    return null; // the capture itself is whole; `report --html` says what is wrong with the page
  }
}
