// How does metrics.ndjson grow? Only hops that changed get a new line, and of old instants only some stay.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import { AppendLog } from "./append-log.js";
import { encodeCell, mergeHops } from "./cells.js";
import { type AgentState, type CellLine, captureFiles } from "./format.js";
import type { OwnFolder } from "./own-folder.js";

/** Instants that may stay of a log that grew too long: the report draws sixty columns. */
const MOMENTS = [240, 120, 60, 30, 15, 1];
/** Ends the line of a hop that is among those that ended, of which only the sum is written. */
const MOVED = ',"moved":true}';
/** When it was, and whose line it is. A line of an older version has the wall clock's time alone. */
const HEAD = /^\{"timeUnixNs":"(\d+)",(?:"atNs":(\d+),)?("pad":.*?"startUnixNs":"\d+")/;

export class MetricsLog {
  readonly #log: AppendLog;
  readonly #share: number;
  /** Thinning helps only after it has grown beyond this. */
  #full: number;
  /** By hop, as the head of its lines names it: what stands in its last line. */
  readonly #written = new Map<string, string>();

  private constructor(log: AppendLog, share: number) {
    this.#log = log;
    this.#share = share;
    this.#full = share;
  }

  /** Continues an earlier writer's. `share`: bytes from which on it is thinned. */
  static async open(folder: OwnFolder, share: number): Promise<MetricsLog> {
    const log = new MetricsLog(await AppendLog.open(folder, captureFiles.metrics), share);
    for (const hop of (await log.#survey()).last.keys()) log.#written.set(hop, "");
    return log;
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
    const there = new Set<string>();
    let text = "";
    for (const cell of mergeHops(cells)) {
      const { timeUnixNs, atNs, ...counted } = encodeCell(cell, now);
      const [hop, content] = [hopOf(counted), JSON.stringify(counted)];
      there.add(hop);
      if (this.#written.get(hop) === content) continue;
      changed.set(hop, content);
      text += `${JSON.stringify({ timeUnixNs, atNs, ...counted })}\n`;
    }
    const moved = [...this.#written.keys()].filter((hop) => !there.has(hop));
    text += moved.map((hop) => movedLine(hop, now)).join("");
    if (this.#log.bytes + text.length > this.#full) await this.#thin(shorter);
    await this.#log.append(text, changed.size + moved.length);
    for (const [hop, content] of changed) this.#written.set(hop, content);
    for (const hop of moved) this.#written.delete(hop);
  }

  close(): void {
    this.#log.close();
  }

  /** Lines count what was until then, so that those between can go; a hop's last one stays, if its counts stand there. */
  async #thin(shorter: (lines: number) => Promise<void>): Promise<void> {
    const { moments, last } = await this.#survey();
    const latest = [...last.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const stay = chosen(moments, this.#share / 2 - latest);
    let line = 0;
    await this.#log.keep((text) => {
      const { time, hop } = headOf(text);
      const at = line++;
      const known = last.get(hop);
      return known !== undefined && (known.line === at || stay.has(time));
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
      if (text.endsWith(MOVED)) last.delete(hop);
      else last.set(hop, { line, bytes: text.length + 1 });
      line++;
    }
    return { moments, last };
  }
}

/** As HEAD finds it in a line. */
const hopOf = ({ pad, peer, kind, startUnixNs }: Omit<CellLine, "timeUnixNs" | "atNs">): string =>
  JSON.stringify({ pad, peer, kind, startUnixNs }).slice(1, -1);

/** What the hop counted stands in other lines from now on. */
const movedLine = (hop: string, { timeUnixNs, atNs }: Pick<AgentState, "timeUnixNs" | "atNs">): string =>
  `${JSON.stringify({ timeUnixNs: String(timeUnixNs), atNs: Math.round(atNs) }).slice(0, -1)},${hop}${MOVED}\n`;

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
