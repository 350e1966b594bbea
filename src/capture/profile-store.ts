// Which profiles does a capture keep? All while there is room; then the oldest are merged by eight, and later dropped.
// SPDX-License-Identifier: MPL-2.0

import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { AppendLog } from "./append-log.js";
import { type CaptureFile, captureFiles, type ProfileInfo, type ProfileRow } from "./format.js";
import { type CaptureLimits, MAX_PROFILES, profilesShare } from "./limits.js";
import { beginNs, FAN, gradeOf, mergedRow, wholeNs } from "./merged-row.js";
import type { OwnFolder } from "./own-folder.js";
import { readProfileIndex } from "./profile-index.js";
import { mergeProfiles } from "./profile-merge.js";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Merges may write up to this share of the bytes received; beyond it the oldest profiles are dropped instead. */
const MERGED_SHARE = 1 / 6;
/** A merged profile is kept only if it is smaller than this share of its parts. */
const WORTH = 0.75;
/** A merged profile is kept only if it is smaller than this multiple of the largest profile. */
const MERGED_ROOM = 2;
/** A merged profile spans at most 1/AGE_PARTS of the maximum age, since it expires as a whole. */
const AGE_PARTS = 8;
/** The index is rewritten when it has more than SHORT_INDEX lines and more than PAST lines per profile. */
const SHORT_INDEX = 256;
const PAST = 4;

/** A profile on disk; times in nanoseconds as of beginNs. */
interface Kept {
  row: ProfileRow;
  bytes: number;
  startNs: number;
  endNs: number;
}

/** The profiles of one capture, kept within its limits of size and age. */
export class ProfileStore {
  readonly #folder: OwnFolder;
  readonly #index: AppendLog;
  readonly #limits: CaptureLimits;
  /** Profiles, oldest first, by kind and number of merges ("cpu 0"). */
  readonly #groups = new Map<string, Kept[]>();
  /** Files of the last merge, which are replaced but kept for concurrent readers until their room is needed. */
  #merged: { file: string; bytes: number }[] = [];
  #count = 0;
  #bytes = 0;
  #largest = 0;
  #received = 0;
  #rewritten = 0;
  /** How many more times the oldest profile is dropped without trying a merge, after a merge that saved too little. */
  #rest = 0;
  #number: number;
  /** Maximum bytes of profiles and index together. */
  #share: number;
  /** Number of samples in profiles that were dropped. */
  dropped = 0;

  private constructor(folder: OwnFolder, index: AppendLog, limits: CaptureLimits, number: number) {
    this.#folder = folder;
    this.#index = index;
    this.#limits = limits;
    this.#number = number;
    this.#share = profilesShare(limits, 0, false);
  }

  /** Opens the store and continues with the profiles that an earlier writer of this capture has left. */
  static async open(folder: OwnFolder, file: CaptureFile, limits: CaptureLimits): Promise<ProfileStore> {
    const profiles = folder.makeFolder(captureFiles.profiles);
    const names = await profiles.names();
    profiles.close();
    // Numbers come from file names: a writer that was killed may have left a profile that the index does not list.
    const numbers = names.map((name) => Number(/-(\d+)\.pb\.gz$/.exec(name)?.[1] ?? 0));
    const index = await AppendLog.open(folder, captureFiles.index);
    const store = new ProfileStore(folder, index, limits, Math.max(0, ...numbers));
    const { rows } = await readProfileIndex(folder.at("."), file, []);
    for (const row of rows.values()) {
      const found = await stat(folder.at(row.file)).catch(() => null);
      store.#keep(row, found?.size ?? 0);
    }
    store.#received = store.#bytes;
    return store;
  }

  /** Adds the pprof profile of one window, gzipped or not. Resolves to its path relative to the capture. */
  async add(bytes: Uint8Array, info: ProfileInfo): Promise<string> {
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b ? bytes : await zip(bytes);
    const file = `${captureFiles.profiles}/${info.kind}-${this.#number + 1}.pb.gz`;
    const row: ProfileRow = { file, ...info, startUnixNs: String(info.startUnixNs), windows: 1, replaces: [] };
    await this.#expire(beginNs(row) + info.durationNs);
    await this.fit(zipped.length + JSON.stringify(row).length);
    await this.#write(file, zipped);
    this.#number++;
    await this.#list(row, zipped.length);
    this.#received += zipped.length;
    return file;
  }

  /** Merges or drops profiles until `bytes` more fit. `share`: maximum bytes of profiles and index from now on. */
  async fit(bytes: number, share = this.#share): Promise<void> {
    this.#share = share;
    if (this.#over(bytes)) await this.#bury();
    while (this.#count > 0 && this.#over(bytes)) if (!(await this.#mergeSome())) await this.#drop([this.#oldest()]);
    // While the index is rewritten, its old and new file both need room, so this happens before the store is full.
    const past = this.#index.lines > SHORT_INDEX && this.#index.lines > PAST * this.#count;
    if (past) await this.#shorten();
  }

  close(): void {
    this.#index.close();
  }

  /** True if `more` bytes would not fit, with room reserved for the files of the last merge. */
  #over(more: number): boolean {
    const lying = Math.min(this.#share / 4, FAN * this.#largest);
    return this.#count >= MAX_PROFILES || this.#taken(more) + lying > this.#share;
  }

  /** Bytes in use with `more` added, room for a rewritten index and for the result of the next merge included. */
  #taken(more: number): number {
    return this.#bytes + 2 * (this.#index.bytes + more) + MERGED_ROOM * this.#largest;
  }

  /** Merges the oldest profiles of the largest group, so that all get the same room. False: nothing was merged. */
  async #mergeSome(): Promise<boolean> {
    if (this.#rest > 0) {
      this.#rest--;
      return false;
    }
    const weight = (group: Kept[]): number =>
      this.#count >= MAX_PROFILES ? group.length : group.reduce((sum, { bytes }) => sum + bytes, 0);
    const groups = [...this.#groups.values()].filter((one) => one.length >= FAN && !this.#tooLong(one.slice(0, FAN)));
    if (groups.length === 0) return false;
    const group = groups.reduce((a, b) => (weight(b) > weight(a) ? b : a));
    const parts = group.slice(0, FAN);
    const merged = await this.#mergeOf(parts).catch(() => null);
    if (merged !== null && this.#isWorth(parts, merged.length)) {
      await this.#replace(parts, merged);
      return true;
    }
    this.#rest = FAN;
    return false;
  }

  #isWorth(parts: readonly Kept[], bytes: number): boolean {
    const before = parts.reduce((sum, part) => sum + part.bytes, 0);
    const fits = bytes < WORTH * before && bytes < MERGED_ROOM * this.#largest;
    return fits && this.#rewritten + bytes < MERGED_SHARE * this.#received;
  }

  async #mergeOf(parts: readonly Kept[]): Promise<Uint8Array> {
    const profiles: Buffer[] = [];
    for (const { row } of parts) {
      const bytes = await this.#folder.read(row.file, this.#share);
      if (bytes === null) throw new Error(`${row.file} is gone`);
      profiles.push(await unzip(bytes));
    }
    return zip(mergeProfiles(profiles, wholeNs(parts.map(({ row }) => row))));
  }

  async #replace(parts: readonly Kept[], bytes: Uint8Array): Promise<void> {
    const row = mergedRow(parts.map((part) => part.row));
    await this.#write(row.file, bytes);
    await this.#bury();
    await this.#list(row, bytes.length);
    this.#rewritten += bytes.length;
    for (const part of parts) this.#forget(part);
    this.#merged = parts.map(({ row: { file }, bytes: size }) => ({ file, bytes: size }));
    const lying = this.#merged.reduce((sum, one) => sum + one.bytes, 0);
    if (this.#taken(0) + lying > this.#share) await this.#bury();
  }

  /** Drops profiles that ended more than the maximum age before `nowNs`. */
  async #expire(nowNs: number): Promise<void> {
    if (this.#limits.maxAgeMs === 0) return;
    const since = nowNs - this.#limits.maxAgeMs * 1e6;
    const old = [...this.#groups.values()].flatMap((group) => group.filter(({ endNs }) => endNs < since));
    if (old.length > 0) await this.#drop(old);
  }

  #tooLong(parts: readonly Kept[]): boolean {
    const spanNs = Math.max(...parts.map(({ endNs }) => endNs)) - (parts[0]?.startNs ?? 0);
    return this.#limits.maxAgeMs > 0 && spanNs > (this.#limits.maxAgeMs * 1e6) / AGE_PARTS;
  }

  #oldest(): Kept {
    const heads = [...this.#groups.values()].flatMap((group) => group[0] ?? []);
    return heads.reduce((a, b) => (b.startNs < a.startNs ? b : a));
  }

  async #drop(old: readonly Kept[]): Promise<void> {
    await this.#index.append(`${JSON.stringify({ dropped: old.map(({ row }) => row.file) })}\n`, 1);
    for (const one of old) {
      this.#forget(one);
      this.dropped += one.row.samples;
      await this.#folder.remove(one.row.file);
    }
  }

  async #bury(): Promise<void> {
    for (const { file } of this.#merged) await this.#folder.remove(file);
    this.#merged = [];
  }

  async #list(row: ProfileRow, bytes: number): Promise<void> {
    await this.#index.append(`${JSON.stringify(row)}\n`, 1);
    this.#keep({ ...row, replaces: [] }, bytes);
  }

  #keep(row: ProfileRow, bytes: number): void {
    const startNs = beginNs(row);
    const group = `${row.kind} ${gradeOf(row)}`;
    const list = this.#groups.get(group) ?? [];
    list.push({ row, bytes, startNs, endNs: startNs + row.durationNs });
    this.#groups.set(group, list);
    this.#count++;
    this.#bytes += bytes;
    this.#largest = Math.max(this.#largest, bytes);
  }

  #forget(one: Kept): void {
    const list = this.#groups.get(`${one.row.kind} ${gradeOf(one.row)}`) ?? [];
    list.splice(list.indexOf(one), 1);
    this.#count--;
    this.#bytes -= one.bytes;
  }

  async #shorten(): Promise<void> {
    const live = new Set([...this.#groups.values()].flatMap((group) => group.map(({ row }) => row.file)));
    await this.#bury();
    await this.#index.keep((line) => live.has(String((JSON.parse(line) as { file?: unknown }).file)));
  }

  async #write(file: string, bytes: Uint8Array): Promise<void> {
    const profiles = this.#folder.folder(captureFiles.profiles);
    try {
      await profiles.replace(file.slice(captureFiles.profiles.length + 1), bytes);
    } finally {
      profiles.close();
    }
  }
}
