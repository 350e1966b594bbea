// How do the frames of a capture that lies on disk get other names? Profile by profile: it reads at any instant, and a second try goes on.
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { attempt } from "../model/attempt.js";
import type { ModuleNames } from "../model/recording.js";
import { AppendLog } from "./append-log.js";
import { claimDirectory, clearParts, releaseDirectory } from "./claim.js";
import { CaptureError, systemCode } from "./errors.js";
import { type Json, list, object, parseObject, text } from "./fields.js";
import { captureFiles, MAX_CAPTURE_BYTES, type ProfileRow } from "./format.js";
import type { ModuleKey, ModulePlaces } from "./module-places.js";
import { readJsonText, readWhole } from "./open.js";
import type { OwnFolder } from "./own-folder.js";
import { MOST_PROFILE_BYTES, type Origin, ProfileNames } from "./profile-names.js";
import { MAX_PROFILE_BYTES, type PresentProfile, presentProfiles } from "./profiles.js";
import { parseCaptureFile } from "./state.js";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** What the index counts of a profile's frames, by what names them. */
const countOf: Readonly<Record<string, Origin>> = {
  framesNamed: "symbol",
  framesByType: "type",
  framesByRole: "role",
};

/** The same of a module's frames, in capture.json. */
const placesOf: Readonly<Record<string, Origin>> = { unnamed: "none", byType: "type", byRole: "role" };

/** Which file names a module by now; undefined: it was not looked for. */
export type SourceOf = (
  module: ModuleKey,
) => Pick<ModuleNames, "source" | "lines" | "problem" | "debuginfod"> | undefined;

interface Opened {
  folder: OwnFolder;
  profilesFolder: OwnFolder;
  index: AppendLog;
  profiles: readonly PresentProfile[];
}

/** Whether an earlier try did not come to its end. */
export const wasInterrupted = (dir: string): boolean => existsSync(join(dir, captureFiles.renaming));

export async function profilesIn(dir: string): Promise<PresentProfile[]> {
  const file = parseCaptureFile(await readJsonText(join(dir, captureFiles.capture)));
  if (file === null) throw new CaptureError("ERR_CAPTURE_FOREIGN", dir);
  return presentProfiles(dir, file, []);
}

/** Throws a CaptureError when it is not a profile of ours. `shown`: what a person knows as its path. */
export async function profileNames(path: string, shown = path): Promise<ProfileNames> {
  try {
    const zipped = await readWhole(path, MAX_PROFILE_BYTES);
    return new ProfileNames(await unzip(zipped, { maxOutputLength: MOST_PROFILE_BYTES }));
  } catch (error) {
    throw new CaptureError("ERR_CAPTURE_UNREADABLE", shown, (error as Error).message, { cause: error });
  }
}

export class Renaming {
  readonly #dir: string;
  readonly #opened: Opened;
  /** Frames have other names, now or since an earlier try, and what follows from that is not written yet. */
  #begun: boolean;

  private constructor(dir: string, opened: Opened) {
    this.#dir = dir;
    this.#opened = opened;
    this.#begun = wasInterrupted(opened.folder.at("."));
  }

  /** Claims the capture in `dir`, which must be there. Throws a CaptureError where it is being written, or is another user's. */
  static async open(dir: string): Promise<Renaming> {
    const folder = await claimDirectory(dir, { process: 1 });
    try {
      const profilesFolder = folder.makeFolder(captureFiles.profiles);
      for (const each of [folder, profilesFolder]) await clearParts(each);
      const profiles = await profilesIn(folder.at("."));
      const index = await AppendLog.open(folder, captureFiles.index);
      return new Renaming(dir, { folder, profilesFolder, index, profiles });
    } catch (error) {
      await releaseDirectory(folder).finally(() => folder.close());
      throw error;
    }
  }

  /** The same place, reached without its path. */
  get place(): string {
    return this.#opened.folder.at(".");
  }

  get begun(): boolean {
    return this.#begun;
  }

  get profiles(): readonly PresentProfile[] {
    return this.#opened.profiles;
  }

  read({ name }: PresentProfile): Promise<ProfileNames> {
    return profileNames(this.#opened.folder.at(name), `${this.#dir}/${name}`);
  }

  /** The index first: what it says follows from the names alone, so that a second try says the same. */
  async replace({ name, row }: PresentProfile, names: ProfileNames): Promise<void> {
    const renamed = attempt(() => ({ bytes: names.encode(), shares: names.shares() }), null);
    if (renamed === null) throw new CaptureError("ERR_CAPTURE_UNREADABLE", `${this.#dir}/${name}`, "it is damaged");
    const bytes = await zip(renamed.bytes);
    const line = row && JSON.stringify(recounted(row, renamed.shares));
    await this.#write(async ({ folder, index, profilesFolder }) => {
      if (!this.#begun) await folder.replace(captureFiles.renaming, "");
      this.#begun = true;
      if (line !== undefined && line !== JSON.stringify(row)) await index.append(`${line}\n`, 1);
      await profilesFolder.replace(name.slice(captureFiles.profiles.length + 1), bytes);
    });
  }

  async changeModules(places: ModulePlaces, sourceOf: SourceOf): Promise<void> {
    const content = await this.#opened.folder.read(captureFiles.capture, MAX_CAPTURE_BYTES);
    const json = parseObject(content?.toString() ?? "");
    if (json === null) throw new CaptureError("ERR_CAPTURE_UNREADABLE", this.#dir, captureFiles.capture);
    json.modules = list(json.modules)
      .map(object)
      .map((row) => changedModule(row, places, sourceOf));
    await this.#write(({ folder }) => folder.replace(captureFiles.capture, `${JSON.stringify(json, null, 1)}\n`));
  }

  /** Everything that follows from the names is written. */
  async finish(): Promise<void> {
    await this.#write(({ folder }) => folder.remove(captureFiles.renaming));
  }

  async close(): Promise<void> {
    const { folder, profilesFolder, index } = this.#opened;
    index.close();
    profilesFolder.close();
    await releaseDirectory(folder).finally(() => folder.close());
  }

  async #write(step: (opened: Opened) => Promise<void>): Promise<void> {
    try {
      await step(this.#opened);
    } catch (error) {
      throw new CaptureError("ERR_CAPTURE_WRITE", this.#dir, systemCode(error) || String(error), { cause: error });
    }
  }
}

/** pprof holds no samples, only their time: what a symbol names by now is that part of the frames' time. It can only have become more. */
function recounted(row: ProfileRow, shares: Record<Origin, number>): ProfileRow {
  const changed = Object.entries(row).map(([field, value]) => {
    const origin = countOf[field];
    if (origin === undefined || typeof value !== "number") return [field, value];
    const count = Math.round(row.frames * shares[origin]);
    return [field, origin === "symbol" ? Math.max(value, count) : Math.min(value, count)];
  });
  return Object.fromEntries(changed) as ProfileRow;
}

function changedModule(row: Json, places: ModulePlaces, sourceOf: SourceOf): Json {
  const module = { path: text(row.path), buildId: text(row.buildId) };
  const [counted, known] = [places.of(module), sourceOf(module)];
  if (counted === undefined || known === undefined || known.source === "") return row;
  const origins = [...counted.origins.values()];
  const counts = Object.entries(placesOf).flatMap(([field, origin]) => {
    const before = row[field];
    if (typeof before !== "number") return [];
    return [[field, Math.min(before, origins.filter((one) => one === origin).length)]];
  });
  // A path of the target need not be there: that names no fault of its file.
  const problem = known.problem === "" ? { problem: "" } : {};
  const asked = known.debuginfod === "" ? {} : { debuginfod: known.debuginfod };
  const { source, lines } = row.lines === true && !known.lines ? { source: row.source, lines: true } : known;
  return { ...row, ...Object.fromEntries(counts), ...problem, source, lines, ...asked };
}
