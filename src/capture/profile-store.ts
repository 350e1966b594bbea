// Which profiles does a capture keep? All while there is room; then the oldest are merged, eight into one, and at last dropped.
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

/** Merging may write so much of what came; beyond it the oldest are dropped. */
const MERGED_SHARE = 1 / 6;
/** A merge that saves less than this is not worth its writing. */
const WORTH = 0.75;
/** Over the largest profile: a merged one that is larger is not kept. */
const MERGED_ROOM = 2;
/** Of the age that is permitted, at most so much in one profile: it is dropped as a whole. */
const AGE_PARTS = 8;
/** An index of fewer lines is not written anew; a longer one when three quarters of it are of the past. */
const SHORT_INDEX = 256;
const PAST = 4;

interface Kept {
  row: ProfileRow;
  bytes: number;
  startNs: number;
  endNs: number;
}

export class ProfileStore {
  readonly #folder: OwnFolder;
  readonly #index: AppendLog;
  readonly #limits: CaptureLimits;
  /** Oldest first, by kind and by how often they were merged. */
  readonly #groups = new Map<string, Kept[]>();
  /** Files that were merged: they stay until there is no room, for who reads meanwhile. */
  #merged: { file: string; bytes: number }[] = [];
  #count = 0;
  #bytes = 0;
  #largest = 0;
  #received = 0;
  #rewritten = 0;
  /** After a merge that was not worth it, so many times the oldest is dropped without looking. */
  #rest = 0;
  #number: number;
  /** Bytes that profiles and index may take. */
  #share: number;
  /** Samples of profiles that were dropped. */
  dropped = 0;

  private constructor(folder: OwnFolder, index: AppendLog, limits: CaptureLimits, number: number) {
    this.#folder = folder;
    this.#index = index;
    this.#limits = limits;
    this.#number = number;
    this.#share = profilesShare(limits, 0, false);
  }

  /** Continues what an earlier writer of this capture has left. */
  static async open(folder: OwnFolder, file: CaptureFile, limits: CaptureLimits): Promise<ProfileStore> {
    const profiles = folder.makeFolder(captureFiles.profiles);
    const names = await profiles.names();
    profiles.close();
    // A dead writer may have left a profile that the index does not list.
    const numbers = names.map((name) => Number(/-(\d+)\.pb\.gz$/.exec(name)?.[1] ?? 0));
    const index = await AppendLog.open(folder, captureFiles.index);
    const store = new ProfileStore(folder, index, limits, Math.max(0, ...numbers));
    const { rows } = await readProfileIndex(folder.at("."), file, []);
    for (const row of rows.values()) {
      const bytes = await stat(folder.at(row.file)).then(
        (found) => found.size,
        () => 0,
      );
      store.#keep(row, bytes);
    }
    store.#received = store.#bytes;
    return store;
  }

  /** One profile of one window, gzipped or not. Resolves to its path inside the capture. */
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

  /** Makes room for so many bytes more. `share`: what profiles and index may take from now on. */
  async fit(bytes: number, share = this.#share): Promise<void> {
    this.#share = share;
    if (this.#over(bytes)) await this.#bury();
    while (this.#count > 0 && this.#over(bytes)) if (!(await this.#mergeSome())) await this.#drop([this.#oldest()]);
    // The one that is written anew lies beside the old one: before it is full.
    const past = this.#index.lines > SHORT_INDEX && this.#index.lines > PAST * this.#count;
    if (past) await this.#shorten();
  }

  close(): void {
    this.#index.close();
  }

  /** With what was merged last: it stays as long as it can. */
  #over(more: number): boolean {
    const lying = Math.min(this.#share / 4, FAN * this.#largest);
    return this.#count >= MAX_PROFILES || this.#taken(more) + lying > this.#share;
  }

  /** Twice the index, for it may be written anew, and the profile that the next merge makes. */
  #taken(more: number): number {
    return this.#bytes + 2 * (this.#index.bytes + more) + MERGED_ROOM * this.#largest;
  }

  /** Of the group that takes most room: so all grades of coarseness get the same. False: there is nothing worth it. */
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

  /** What is older than it may be. */
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
