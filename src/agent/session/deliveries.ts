// Where does each window go, and who hears that its samples are safe? Names, capture, servers, in this order.
// SPDX-License-Identifier: MPL-2.0

import { openTargetRoot, type TargetRoot } from "../../attach/root.js";
import type { AgentState } from "../../capture/format.js";
import type { CaptureWriter } from "../../capture/writer.js";
import type { AgentSelf } from "../../metrics/catalog.js";
import type { CellSnapshot } from "../../model/batch.js";
import type { LabelSets } from "../../model/label-sets.js";
import { Workers } from "../../profile/workers.js";
import { openDebugFiles } from "../../symbols/debug-files.js";
import type { Debuginfod } from "../../symbols/debuginfod.js";
import { Symbols } from "../../symbols/symbols.js";
import type { Counts } from "./counts.js";
import type { TargetParts } from "./opening.js";
import type { OutputsRequest } from "./output-request.js";
import { noOutputs, type Outputs, openOutputs } from "./outputs.js";
import { ThreadTimes } from "./thread-times.js";
import { type Cut, Profiles } from "./windows.js";

/** The latest look at the segment. */
type View = ReturnType<OutputsRequest["observe"]>;

interface DeliveriesRequest {
  parts: TargetParts;
  labels: LabelSets;
  /** Looks again, for the metrics; what was seen last once the target is gone. */
  observe: () => View;
  /** What was seen last. */
  seen: () => Pick<View, "state">;
  counts: Counts;
}

export class Deliveries {
  readonly #request: DeliveriesRequest;
  readonly #capture: CaptureWriter | null;
  readonly #root: TargetRoot;
  readonly #debugFiles: Debuginfod;
  readonly #symbols: Symbols;
  readonly #workers: Workers;
  readonly #profiles: Profiles;
  readonly #threads: ThreadTimes;
  #outputs: Outputs = noOutputs;
  #closed = false;
  #captureProblem = "";

  static async open(request: DeliveriesRequest): Promise<Deliveries> {
    const deliveries = new Deliveries(request);
    await deliveries.#openOutputs();
    return deliveries;
  }

  private constructor(request: DeliveriesRequest) {
    const { native } = request.parts.request;
    const { topology, capture, pid, config, log } = request.parts;
    this.#request = request;
    this.#capture = capture;
    this.#root = openTargetRoot(pid);
    this.#debugFiles = openDebugFiles(config, native, log);
    this.#symbols = new Symbols({
      symbolize: (query) => native.symbolize(query),
      module: (id) => topology.modules.get(id),
      root: this.#root.prefix,
      debugFiles: this.#debugFiles,
    });
    const { labels } = request;
    const { waits } = native.constants;
    this.#threads = new ThreadTimes(waits);
    this.#workers = new Workers({ topology, labels, inspect: (paths) => native.inspect(paths, this.#root.prefix) });
    this.#profiles = new Profiles({ labels, topology, symbols: this.#symbols, workers: this.#workers, waits });
  }

  /** Samples that reached us and no server, by reason. */
  get losses(): Record<string, number> {
    return this.#outputs.losses();
  }

  /** Of this agent, for the metrics; undefined before anything is open. */
  get agent(): AgentSelf | undefined {
    return this.#outputs.self();
  }

  async deliver(cut: Cut): Promise<void> {
    const { samples, refused, rows } = cut.window;
    this.#threads.add(rows);
    await this.#profiles.name(cut);
    const capture = this.#capture;
    if (capture !== null) await this.#try(() => this.#write(capture, cut));
    this.#outputs.send(
      this.#outputs.wantsProfiles
        ? this.#profiles.encode(cut, { paths: false, leaveUnnamed: this.#request.parts.config.symbols === "server" })
        : [],
    );
    const unsent = this.#outputs.wantsProfiles ? refused : samples + refused;
    this.#settle(this.#capture === null ? unsent : samples + refused);
    this.#outputs.lost("window_refused", refused);
  }

  gone(cells: readonly CellSnapshot[]): void {
    this.#outputs.gone(cells);
  }

  lost(reason: string, n: number): void {
    this.#outputs.lost(reason, n);
  }

  sentSpans(n: number): void {
    this.#outputs.sentSpans(n);
  }

  /** What was counted until now. */
  async note(): Promise<void> {
    const capture = this.#capture;
    if (capture !== null) await this.#try(() => capture.snapshot(...this.#now()));
  }

  async flush(ms: number): Promise<void> {
    await this.note();
    await this.#outputs.flush(ms);
  }

  /** The capture first: it needs nobody. What the servers then do not take is added to it. */
  async close(ms: number): Promise<void> {
    this.#debugFiles.close();
    const { request } = this.#request.parts;
    if (this.#capture !== null) {
      const capture = this.#capture;
      const [described, cells, state, agent] = this.#now();
      const last = { topology: described, cells, state, agent };
      await this.#try(() => capture.finish({ ...last, modules: this.#symbols.modules() }));
      await request.report(capture.dir, capture.place);
    }
    const before = JSON.stringify(this.losses);
    await this.#outputs.close(ms);
    this.#closed = true;
    this.#root.close();
    const capture = this.#capture;
    if (capture === null) return;
    if (JSON.stringify(this.losses) !== before) {
      await this.#try(async () => {
        if (await capture.amend(this.#self())) await request.report(capture.dir, capture.place);
      });
    }
    capture.close();
  }

  /** A capture that cannot be written holds nothing back from the servers; said once, for as long as it is the same. */
  async #try(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
      this.#captureProblem = "";
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#captureProblem) this.#request.parts.log.error(message);
      this.#captureProblem = message;
    }
  }

  async #openOutputs(): Promise<void> {
    const { config, topology, log, request, first } = this.#request.parts;
    this.#outputs = await openOutputs({
      config,
      topology,
      labels: this.#request.labels,
      log,
      version: request.version,
      state: first.state,
      observe: this.#request.observe,
      threads: this.#threads.ns,
      settled: (samples) => {
        if (this.#capture === null) this.#settle(samples);
      },
    });
  }

  /** A request that ends after everything was given up must not touch a segment that is closed. */
  #settle(samples: number): void {
    if (!this.#closed) this.#request.parts.reader.settle(samples);
  }

  async #write(capture: CaptureWriter, cut: Cut): Promise<void> {
    for (const { bytes, timeNanos, own: _, ...info } of this.#profiles.encode(cut, {
      paths: true,
      leaveUnnamed: false,
    })) {
      await capture.addProfile(bytes, { startUnixNs: timeNanos, atNs: cut.atNs, ...info });
    }
    await capture.progress(...this.#now());
  }

  #now(): Parameters<CaptureWriter["snapshot"]> {
    const { counts, seen, parts } = this.#request;
    const cells = counts.all(); // before the topology is described: it may get a name for what ended
    return [parts.topology.describe(), cells, seen().state, this.#self()];
  }

  #self(): AgentState {
    const { user, system } = process.cpuUsage();
    const { attributed, byFactory, unattributed } = this.#workers.counts;
    const workers = { worker_attributed: attributed, worker_by_factory: byFactory, worker_unattributed: unattributed };
    const losses = { agent_lost: this.#request.seen().state.samplesAgentLost, ...workers, ...this.losses };
    const { clock, topology } = this.#request.parts;
    const time = { timeUnixNs: clock.now(), atNs: clock.atNs() };
    const engine = topology.facts.get("engine") ?? "";
    return { ...time, engine, cpuNs: (user + system) * 1000, rssBytes: process.memoryUsage.rss(), losses };
  }
}
