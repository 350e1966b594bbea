// How does a test write down samples? As rows; here they become the records that a reader returns, and rows again.

import type { SampleBatch } from "../../src/model/batch.js";

export interface SampleRow {
  weightNs?: number;
  element?: number;
  thread?: number;
  threadNumber?: number;
  end?: number;
  flags?: number;
  /** [module, offset], leaf first. */
  frames?: readonly (readonly [number, number])[];
  /** Directory ids of elements, innermost first. */
  chain?: readonly number[];
  span?: bigint;
  /** Blocked, in the system call of this number. */
  systemCall?: number;
}

/** As native/wire/records.h has it. */
const FIXED = 48;
const OFFSET_BITS = 44n;
const [RAN, BLOCKED] = [1, 2];

function recordOf(row: SampleRow, time: number): Buffer {
  const { frames = [], chain = [] } = row;
  const record = Buffer.alloc(FIXED + 8 * frames.length + 8 * Math.ceil(chain.length / 2));
  record.writeUInt16LE(row.systemCall === undefined ? RAN : BLOCKED, 0);
  record.writeUInt16LE(record.length, 2);
  record.writeUInt32LE(row.thread ?? 0, 4);
  record.writeBigUInt64LE(BigInt(time), 8);
  record.writeBigUInt64LE(BigInt(Math.round(row.weightNs ?? 1e7)), 16);
  record.writeUInt32LE(row.element ?? 0, 24);
  record.writeUInt16LE(frames.length, 28);
  record.writeUInt8(row.end ?? 0, 30);
  record.writeUInt8(row.flags ?? 0, 31);
  record.writeUInt8(chain.length, 32);
  record.writeInt16LE(row.systemCall ?? 0, 34);
  record.writeUInt32LE(row.threadNumber ?? 0, 36);
  record.writeBigUInt64LE(row.span ?? 0n, 40);
  for (const [i, [module, offset]] of frames.entries())
    record.writeBigUInt64LE((BigInt(module) << OFFSET_BITS) | BigInt(offset), FIXED + 8 * i);
  for (const [i, id] of chain.entries()) record.writeUInt32LE(id, FIXED + 8 * frames.length + 4 * i);
  return record;
}

export function batchOf(rows: readonly SampleRow[]): SampleBatch {
  const records = Buffer.concat(rows.map((row, i) => recordOf(row, i * 1e7)));
  return { count: rows.length, records: new Uint8Array(records), drained: true };
}

/** What one record says. */
export interface ReadRow extends Required<Omit<SampleRow, "systemCall">> {
  timeNs: number;
  /** Null: its thread ran. */
  systemCall: number | null;
}

export function rowsOf({ records }: Pick<SampleBatch, "records">): ReadRow[] {
  const rows: ReadRow[] = [];
  for (let rest = Buffer.from(records); rest.length > 0; rest = rest.subarray(rest.readUInt16LE(2)))
    rows.push(rowOf(rest));
  return rows;
}

function rowOf(record: Buffer): ReadRow {
  const depth = record.readUInt16LE(28);
  const packed = Array.from({ length: depth }, (_, i) => record.readBigUInt64LE(FIXED + 8 * i));
  return {
    systemCall: record.readUInt16LE(0) === BLOCKED ? record.readInt16LE(34) : null,
    thread: record.readUInt32LE(4),
    timeNs: Number(record.readBigUInt64LE(8)),
    weightNs: Number(record.readBigUInt64LE(16)),
    element: record.readUInt32LE(24),
    end: record.readUInt8(30),
    flags: record.readUInt8(31),
    threadNumber: record.readUInt32LE(36),
    span: record.readBigUInt64LE(40),
    frames: packed.map((frame) => [Number(frame >> OFFSET_BITS), Number(BigInt.asUintN(44, frame))] as const),
    chain: Array.from({ length: record.readUInt8(32) }, (_, i) => record.readUInt32LE(FIXED + 8 * depth + 4 * i)),
  };
}
