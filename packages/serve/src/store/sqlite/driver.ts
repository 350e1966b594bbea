// Which SQLite does this Node have, and why is it the one that is used?
// SPDX-License-Identifier: MPL-2.0
import { createRequire } from "node:module";
import { StoreUnusable } from "../errors.js";

export type Value = string | number | null | Uint8Array;
export type Row = Record<string, Value>;

export interface Statement {
  run(...values: Value[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

/** What better-sqlite3 and node:sqlite have in common. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

export type DriverName = "better-sqlite3" | "node:sqlite";

export interface SqliteDriver {
  name: DriverName;
  why: string;
  open(path: string, readOnly: boolean): Database;
}

type NodeSqlite = { DatabaseSync: new (path: string, options: { readOnly: boolean }) => Database };
type BetterSqlite = new (path: string, options: { readonly: boolean }) => Database;

/** node:sqlite needs no flag since 22.13. */
const nodeHasSqlite = (): boolean => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 13);
};

/** Node calls its SQLite experimental on stderr when it is first asked for; who runs the service can do nothing about it. */
const withoutWarning = <T>(work: () => T): T => {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
};

const nodeSqlite = (): SqliteDriver | null => {
  if (!nodeHasSqlite()) return null;
  const module = withoutWarning(() => process.getBuiltinModule("node:sqlite") as NodeSqlite | undefined);
  if (!module) return null;
  const why = `Node ${process.versions.node} brings SQLite of its own (since 22.13).`;
  return { name: "node:sqlite", why, open: (path, readOnly) => new module.DatabaseSync(path, { readOnly }) };
};

/** What comes behind the first sentence are twenty places where the compiled part is not. */
const noSqlite = ({ message }: Error): StoreUnusable =>
  new StoreUnusable(
    "There is no SQLite to keep sessions in: use Node 22.13 or later, or compile it for this one, in a checkout with " +
      `npm run setup, elsewhere with npm rebuild better-sqlite3 --build-from-source. (${message.split(/\.\s|\n/)[0]})`,
  );

const betterSqlite = (): SqliteDriver => {
  try {
    const Better = createRequire(import.meta.url)("better-sqlite3") as BetterSqlite;
    new Better(":memory:", { readonly: false }).close(); // the compiled part is loaded by the first use
    const why = `Node ${process.versions.node} brings no SQLite (22.13 and later do), better-sqlite3 is installed.`;
    return { name: "better-sqlite3", why, open: (path, readOnly) => new Better(path, { readonly: readOnly }) };
  } catch (error) {
    throw noSqlite(error as Error);
  }
};

/** `wanted` is for tests; else Node's own where there is one. */
export const chooseDriver = (wanted?: DriverName): SqliteDriver => {
  const own = wanted === "better-sqlite3" ? null : nodeSqlite();
  if (own) return own;
  if (wanted === "node:sqlite") throw new StoreUnusable("node:sqlite needs Node 22.13 or later.");
  return betterSqlite();
};

/** Primary result codes of SQLite, whichever driver throws. */
const codes = { SQLITE_BUSY: 5, SQLITE_IOERR: 10, SQLITE_FULL: 13, SQLITE_CANTOPEN: 14 } as const;

export const isCode = (error: unknown, name: keyof typeof codes): boolean => {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return (errcode & 0xff) === codes[name];
  return typeof code === "string" && (code === name || code.startsWith(`${name}_`));
};

/** All of `work` or nothing of it. */
export const inTransaction = <T>(db: Database, work: () => T): T => {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    throw error;
  }
};

export const numberOf = (db: Database, sql: string, ...values: Value[]): number =>
  Number(Object.values((db.prepare(sql).get(...values) ?? { none: 0 }) as Row)[0]);
