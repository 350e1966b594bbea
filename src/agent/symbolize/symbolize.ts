// What becomes of a capture, long after, once somebody has the debug files of its modules? Its frames get names; what else is in it stays.
// SPDX-License-Identifier: MPL-2.0

import { type ModulePlaces, namelessIn, type PlacesOfModule } from "../../capture/module-places.js";
import type { Config } from "../../config/configuration.js";
import type { Log } from "../../log.js";
import type { NativeAddon } from "../../native.js";
import { BuildIdFolder } from "../../symbols/build-id-folder.js";
import { type DebugFilesParts, openDebugFiles } from "../../symbols/debug-files.js";
import type { Debuginfod, FetchState } from "../../symbols/debuginfod.js";
import { CaptureNames, type NamingParts } from "./capture-names.js";
import { type Surveyed, survey, wholeCaptures } from "./survey.js";
import { SymbolSources } from "./symbol-sources.js";

/** Where it is by now, for a person who waits. */
export type Step =
  | { doing: "reading" | "naming"; profile: number; of: number }
  | { doing: "looking"; files: number }
  | { doing: "fetching"; state: FetchState; outcome: string };

export interface SymbolizeRequest {
  dir: string;
  /** Folder of debug files or of files that are not stripped; "": none was named. */
  from: string;
  config: Config;
  native: Pick<NativeAddon, "inspect" | "symbolize">;
  log: Log;
  progress: (step: Step) => void;
  /** Which server --debuginfod means. */
  ofDistribution?: DebugFilesParts["ofDistribution"];
}

/** Frames (distinct addresses) of modules that have a build-id. */
export interface Symbolized {
  /** Without a symbol, before and after. */
  before: number;
  after: number;
  /** Got a source line. */
  lines: number;
  /** Modules in which some are left. */
  open: number;
  /** Files that are not used, a sentence each. */
  refused: string[];
}

/** The capture in `dir` and those of the other processes of its run. Throws a CaptureError before anything is changed. */
export async function symbolizeCapture(request: SymbolizeRequest): Promise<Symbolized> {
  const { native, progress } = request;
  const surveyed: Surveyed[] = [];
  for (const dir of await wholeCaptures(request.dir))
    surveyed.push(await survey(dir, (profile, of) => progress({ doing: "reading", profile, of })));
  const open = distinct(surveyed.flatMap((one) => one.open));
  const looking = (files: number) => progress({ doing: "looking", files });
  const from = request.from === "" ? null : await BuildIdFolder.open(request.from, open, native, looking);
  const debuginfod = openServers(request);
  try {
    const sources = new SymbolSources({ native, from, debuginfod });
    await sources.gather(open);
    const naming = (profile: number, of: number) => progress({ doing: "naming", profile, of });
    const sum: Symbolized = { before: 0, after: 0, lines: 0, open: 0, refused: refusedOf(from) };
    for (const { dir, places } of surveyed) {
      const after = await named(dir, { native, sources, progress: naming });
      add(sum, places, after, sources);
    }
    return sum;
  } finally {
    debuginfod.close();
  }
}

function openServers({ config, native, log, progress, ofDistribution }: SymbolizeRequest): Debuginfod {
  return openDebugFiles(config, {
    native,
    log,
    ...(ofDistribution !== undefined && { ofDistribution }),
    progress: (state, outcome) => progress({ doing: "fetching", state, outcome }),
  });
}

async function named(dir: string, parts: NamingParts): Promise<ModulePlaces> {
  const names = await CaptureNames.open(dir);
  return names.name(parts).finally(() => names.close());
}

function distinct(modules: readonly PlacesOfModule[]): PlacesOfModule[] {
  return [...new Map(modules.map((module) => [`${module.buildId} ${module.path}`, module])).values()];
}

function refusedOf(from: BuildIdFolder | null): string[] {
  return (from?.others ?? []).map(
    ({ path, buildId, module, moduleBuildId }) =>
      `${path} is not used: it is of build ${shortId(buildId)}, and the capture's ${module} of build ${shortId(moduleBuildId)}`,
  );
}

const shortId = (buildId: string): string => (buildId === "" ? "(none)" : `${buildId.slice(0, 12)}…`);

function add(sum: Symbolized, before: ModulePlaces, after: ModulePlaces, sources: SymbolSources): void {
  const open = after.modules.filter((module) => namelessIn(module) > 0);
  sum.before += before.nameless;
  sum.after += after.nameless;
  sum.lines += after.withLine - before.withLine;
  sum.open += open.length;
  for (const module of open) {
    if (sources.of(module)?.problem !== "build-id differs") continue;
    const sentence = `${module.path} is not used: it is another build here, and the capture's is ${shortId(module.buildId)}`;
    if (!sum.refused.includes(sentence)) sum.refused.push(sentence);
  }
}
