// What were a stream's pipelines like in health? Taken once a minute from their windows, and kept for the time after a restart.
// SPDX-License-Identifier: MPL-2.0
import type { KnownPipeline, Nominal, StallCase } from "../answer/stall-case.js";
import type { Nominals, StallStore, WindowRow } from "../store/stall-port.js";
import { nominalKey } from "./pipelines.js";

export type NominalOf = (pipeline: KnownPipeline, troubled: StallCase["troubled"], untilMs: number) => Nominal | null;

const EVERY_MS = 60_000;
/** Of one stream: pipelines that are changed have a topology each time. */
const MOST = 16;

export class StreamNominals {
  readonly #store: Pick<StallStore, "nominals" | "putNominals">;
  readonly #nominalOf: NominalOf;
  readonly #known = new Map<string, Nominals>();
  readonly #takenMs = new Map<string, number>();

  constructor(store: Pick<StallStore, "nominals" | "putNominals">, nominalOf: NominalOf) {
    this.#store = store;
    this.#nominalOf = nominalOf;
  }

  async of(project: string, streamId: string): Promise<Nominals> {
    const key = `${project}\n${streamId}`;
    const known = this.#known.get(key) ?? (await this.#store.nominals(project, streamId));
    if (Object.keys(known).length > 0) this.#known.set(key, known);
    return known;
  }

  isDue(project: string, streamId: string, nowMs: number): boolean {
    return nowMs - (this.#takenMs.get(`${project}\n${streamId}`) ?? 0) >= EVERY_MS;
  }

  async take(
    rows: readonly WindowRow[],
    pipelines: KnownPipeline[],
    troubled: StallCase["troubled"],
    nowMs: number,
  ): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const { project, window } = first;
    this.#takenMs.set(`${project}\n${window.stream_id}`, nowMs);
    const known = await this.of(project, window.stream_id);
    const fresh: Nominals = {};
    for (const pipeline of pipelines) {
      const last = pipeline.windows.at(-1)?.window;
      const nominal = last?.stream_id === window.stream_id ? this.#nominalOf(pipeline, troubled, nowMs) : null;
      if (nominal !== null && last !== undefined) fresh[nominalKey({ ...last, topology: nominal.topology })] = nominal;
    }
    if (Object.keys(fresh).length === 0) return;
    const others = Object.entries(known).filter(([key]) => !(key in fresh));
    const all = Object.fromEntries([...others, ...Object.entries(fresh)].slice(-MOST));
    this.#known.set(`${project}\n${window.stream_id}`, all);
    await this.#store.putNominals(project, window.stream_id, all);
  }
}
