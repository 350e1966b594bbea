// How does metrics.ndjson grow? Only hops that changed get a new line, and of old instants only some stay.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import { AppendLog } from "./append-log.js";
import { cellKey, encodeCell, mergeHops } from "./cells.js";
import { type AgentState, captureFiles } from "./format.js";
import type { OwnFolder } from "./own-folder.js";

/** Instants that may stay of a log that grew too long: the report draws sixty columns. */
const MOMENTS = [240, 120, 60, 30, 15, 1];
/** When it was, and whose line it is. A line of an older version has the wall clock's time alone. */
const HEAD = /^\{"timeUnixNs":"(\d+)",(?:"atNs":(\d+),)?("pad":.*?"startUnixNs":"\d+")/;

export class MetricsLog {
  readonly #log: AppendLog;
  readonly #share: number;
  /** Thinning helps only after it has grown beyond this. */
  #full: number;
  readonly #written = new Map<string, string>();

  private constructor(log: AppendLog, share: number) {
    this.#log = log;
    this.#share = share;
    this.#full = share;
  }

  /** Continues an earlier writer's. `share`: bytes from which on it is thinned. */
  static async open(folder: OwnFolder, share: number): Promise<MetricsLog> {
    return new MetricsLog(await AppendLog.open(folder, captureFiles.metrics), share);
  }

  /** Whole lines in the file. */
  get lines(): number {
    return this.#log.lines;
  }

  /** `shorter`: is told how many lines there will be, before they are fewer. */
  async append(
    cells: readonly CellSnapshot[],
    now: Pick<AgentState, "timeUnixNs" | "atNs">,
    shorter: (lines: number) => Promise<void>,
  ): Promise<void> {
    const changed = new Map<string, string>();
    let text = "";
    for (const cell of mergeHops(cells)) {
      const { timeUnixNs, atNs, ...counted } = encodeCell(cell, now);
      const content = JSON.stringify(counted);
      if (this.#written.get(cellKey(cell)) === content) continue;
      changed.set(cellKey(cell), content);
      text += `${JSON.stringify({ timeUnixNs, atNs, ...counted })}\n`;
    }
    if (this.#log.bytes + text.length > this.#full) await this.#thin(shorter);
    await this.#log.append(text, changed.size);
    for (const [hop, content] of changed) this.#written.set(hop, content);
  }

  close(): void {
    this.#log.close();
  }

  /** Lines count what was until then, so that those between can go; a hop's last one stays. */
  async #thin(shorter: (lines: number) => Promise<void>): Promise<void> {
    const { moments, last } = await this.#survey();
    const latest = [...last.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const stay = chosen(moments, this.#share / 2 - latest);
    let line = 0;
    await this.#log.keep((text) => {
      const { time, hop } = headOf(text);
      const isLast = last.get(hop)?.line === line++;
      return isLast || stay.has(time);
    }, shorter);
    this.#full = Math.max(this.#share, 1.5 * this.#log.bytes);
  }

  async #survey() {
    const moments = new Map<string, number>();
    const last = new Map<string, { line: number; bytes: number }>();
    let line = 0;
    for await (const text of this.#log.read()) {
      const { time, hop } = headOf(text);
      moments.set(time, (moments.get(time) ?? 0) + text.length + 1);
      last.set(hop, { line: line++, bytes: text.length + 1 });
    }
    return { moments, last };
  }
}

function headOf(line: string): { time: string; hop: string } {
  const [, unix = "", at = unix, hop = ""] = HEAD.exec(line) ?? [];
  return { time: at, hop };
}

/** As many instants as there is room for, evenly over the time. `moments`: bytes by instant, in their order. */
function chosen(moments: ReadonlyMap<string, number>, room: number): Set<string> {
  const times = [...moments.keys()].map(Number);
  const whole = (times.at(-1) ?? 0) - (times[0] ?? 0);
  for (const parts of MOMENTS) {
    const stay = new Set<string>();
    let [next, bytes] = [times[0] ?? 0, 0];
    for (const [time, size] of moments) {
      if (Number(time) < next) continue;
      next = Number(time) + whole / parts;
      stay.add(time);
      bytes += size;
    }
    if (bytes <= room) return stay;
  }
  return new Set();
}
