// Which elements' call stacks should the next windows bring? Those that were ranked in a stall that goes on.
// SPDX-License-Identifier: MPL-2.0
import { writeTimestamp } from "@gst-pyroscope/contract/timestamps";
import type { StallView, WindowsAccepted } from "@gst-pyroscope/contract/window";
import type { WindowRow } from "../store/stall-port.js";

const WANTED_MS = 30_000;
const MOST_STREAMS = 1000;

export class Wants {
  readonly #streams = new Map<string, { elements: string[]; untilMs: number }>();

  /** `streamId`: of the pipeline, which may feed the viewer's one. */
  add(project: string, streamId: string, { ranking, element }: StallView, nowMs: number): void {
    const elements = [...new Set([...(element === null ? [] : [element.path]), ...ranking.map(({ path }) => path)])];
    if (elements.length === 0) return;
    const key = `${project}\n${streamId}`;
    this.#streams.delete(key);
    this.#streams.set(key, { elements, untilMs: nowMs + WANTED_MS });
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MOST_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
  }

  /** For the answer to windows of these streams. */
  of(rows: readonly WindowRow[], nowMs: number): NonNullable<WindowsAccepted["want"]> {
    const streams = new Map(rows.map(({ project, window }) => [`${project}\n${window.stream_id}`, window.stream_id]));
    return [...streams].flatMap(([key, stream_id]) => {
      const want = this.#streams.get(key);
      if (want === undefined || want.untilMs <= nowMs) return [];
      return [{ stream_id, elements: want.elements, until: writeTimestamp(want.untilMs) }];
    });
  }
}
