// Which files below a folder are of which build? By the note in each file, whatever it is called and wherever it lies.
// SPDX-License-Identifier: MPL-2.0

import { open, opendir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { moduleName } from "../model/module-name.js";
import type { NativeAddon } from "../native.js";

interface Wanted {
  path: string;
  buildId: string;
}

/** A file that is called like a module, and is of another build. */
export interface OtherBuild extends Wanted {
  module: string;
  moduleBuildId: string;
}

/** What is looked at, at most: a folder of all debug files of a distribution has fewer. */
const MOST_FILES = 500_000;
const AT_ONCE = 64;
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

export class BuildIdFolder {
  readonly #files: ReadonlyMap<string, string>;
  /** Files that are called like a module of which none was found. */
  readonly others: readonly OtherBuild[];

  private constructor(files: ReadonlyMap<string, string>, others: readonly OtherBuild[]) {
    this.#files = files;
    this.others = others;
  }

  /** Of all files below `folder` those that `wanted` needs. Throws the system's error where the folder itself cannot be read. `progress`: is told each file's number. */
  static async open(
    folder: string,
    wanted: readonly Wanted[],
    native: Native,
    progress: (files: number) => void = () => {},
  ): Promise<BuildIdFolder> {
    const ids = new Set(wanted.map(({ buildId }) => buildId));
    const stems = new Map(wanted.map((module) => [stemOf(module.path), module]));
    const found = new Map<string, string[]>();
    const namesakes: Wanted[] = [];
    for await (const paths of elfFiles(folder, progress)) {
      const facts = await native.inspect(paths, "");
      paths.forEach((path, i) => {
        const buildId = facts[i]?.buildId ?? "";
        if (ids.has(buildId)) found.set(buildId, [...(found.get(buildId) ?? []), path]);
        else if (stems.has(stemOf(path))) namesakes.push({ path, buildId });
      });
    }
    const files = new Map<string, string>();
    for (const [buildId, paths] of found) files.set(buildId, await fullest(paths.sort(), buildId, native));
    const others = namesakes.flatMap(({ path, buildId }): OtherBuild[] => {
      const module = stems.get(stemOf(path));
      if (module === undefined || files.has(module.buildId)) return [];
      return [{ path, buildId, module: module.path, moduleBuildId: module.buildId }];
    });
    return new BuildIdFolder(
      files,
      others.sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  }

  /** Path of the file that knows most of this build, or "". */
  file(buildId: string): string {
    return this.#files.get(buildId) ?? "";
  }
}

type Native = Pick<NativeAddon, "inspect" | "symbolize">;

/** "libfoo" of libfoo.so.1, libfoo.so.1.debug and libfoo.debug. */
const stemOf = (path: string): string => basename(moduleName(path)).replace(/\.(so|debug)\b.*$/, "");

async function* elfFiles(folder: string, progress: (files: number) => void): AsyncGenerator<string[]> {
  let paths: string[] = [];
  let seen = 0;
  for await (const path of filesBelow(folder)) {
    if (++seen > MOST_FILES) break;
    progress(seen);
    if (!(await isElf(path))) continue;
    paths.push(path);
    if (paths.length < AT_ONCE) continue;
    yield paths;
    paths = [];
  }
  yield paths;
}

/** Links to files are followed, links to folders are not: there could be circles. A folder below that cannot be read has none. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  const waiting = [folder];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const entries = await opendir(dir).catch((error: unknown) => {
      if (dir === folder) throw error;
      return null;
    });
    for await (const entry of entries ?? []) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile() || (entry.isSymbolicLink() && (await isRegular(path)))) yield path;
    }
  }
}

const isRegular = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function isElf(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(ELF.length), 0, ELF.length, 0);
    return buffer.equals(ELF);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** A stripped module and its debug file are of one build: the one with lines counts, then the one with symbols of its own. */
async function fullest(paths: readonly string[], buildId: string, native: Native): Promise<string> {
  let [best, most] = ["", -1];
  for (const path of paths) {
    const { source, hasLines } = await native.symbolize({ path, buildId, root: "", offsets: Float64Array.of(0) });
    const worth = (hasLines ? 1 : 0) + (source === ".symtab" ? 2 : 0);
    if (worth > most) [best, most] = [path, worth];
  }
  return best;
}
