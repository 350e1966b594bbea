// How do old windows in the file become longer ones?
// SPDX-License-Identifier: MPL-2.0
import { deflateSync } from "node:zlib";
import { rolled } from "../rolled.js";
import { rolledBefore, rolledMs, type WindowRow } from "../stall-port.js";
import type { Database } from "./driver.js";
import { type WindowColumns, windowRow } from "./rows.js";

/** Of one stream, in one transaction: some hundredths of a second with a pipeline of thirty elements. */
const SPAN_MS = 12 * rolledMs;

interface Found extends WindowColumns {
  pk: number;
}

/** Answers with how many windows of one stream were rolled, to be called again until none are; inside a transaction. */
export function windowRoller(db: Database): (nowMs: number) => number {
  const oldest = db.prepare("SELECT stream, from_ms FROM windows WHERE kept = 0 AND to_ms < ? ORDER BY to_ms LIMIT 1");
  const some = db.prepare(
    `SELECT pk, own_from, from_ms, to_ms, received, offset, data FROM windows
     WHERE stream = ? AND from_ms >= ? AND from_ms < ? AND kept = 0`,
  );
  const remove = db.prepare("DELETE FROM windows WHERE pk = ?");
  const mark = db.prepare("UPDATE windows SET kept = 2 WHERE pk = ?");
  const replace = db.prepare("UPDATE windows SET kept = 2, to_ms = ?, received = ?, data = ? WHERE pk = ?");
  const roll = (found: Found[]): void => {
    const rows = new Map<WindowRow, number>(found.map((one) => [windowRow("", one), one.pk]));
    const places = new Map([...rows].map(([{ window, ownFromMs }, pk]) => [`${window.run_id}\n${ownFromMs}`, pk]));
    const left = new Set<number>();
    for (const row of rolled([...rows.keys()])) {
      const pk = places.get(`${row.window.run_id}\n${row.ownFromMs}`) ?? 0;
      left.add(pk);
      if (rows.has(row)) mark.run(pk);
      else replace.run(row.toMs, row.receivedMs, deflateSync(JSON.stringify(row.window)), pk);
    }
    for (const { pk } of found) if (!left.has(pk)) remove.run(pk);
  };
  return (nowMs) => {
    const untilMs = rolledBefore(nowMs);
    const first = oldest.get(untilMs) as { stream: number; from_ms: number } | undefined;
    if (first === undefined) return 0;
    const endMs = Math.floor((first.from_ms + SPAN_MS) / rolledMs) * rolledMs;
    const found = some.all(first.stream, first.from_ms, Math.min(untilMs, endMs)) as Found[];
    roll(found);
    return found.length;
  };
}
