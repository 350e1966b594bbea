// How is one process served from its first buffer to its last window? Ticks, windows, deliveries, in this order.
// SPDX-License-Identifier: MPL-2.0

import { openTargetRoot, type TargetRoot } from "../attach/root.js";
import { CaptureWriter } from "../capture/writer.js";
import { type Config, environment, type Layers, resolveConfig } from "../config.js";
import { SegmentInput, type Tick } from "../input/drain.js";
import type { Log } from "../log.js";
import type { CellSnapshot, SegmentState } from "../model/batch.js";
import { LabelSets } from "../model/label-sets.js";
import { Topology } from "../model/topology.js";
import type { NativeAddon, SegmentReader, SegmentSource } from "../native.js";
import { Symbols } from "../profile/symbols.js";
import { SampleWindow } from "../profile/window.js";
import { captureFacts, layersOf } from "./facts.js";
import { noOutputs, type Outputs, openOutputs } from "./outputs.js";
import { type Cut, Profiles } from "./windows.js";

export interface TargetRequest {
  native: NativeAddon;
  source: SegmentSource;
  layers: Layers;
  log: (config: Config) => Log;
  version: string;
  /** Where the capture goes; else what the configuration says. */
  captureDir?: string | undefined;
  /** The n-th process that captures to this directory. */
  process?: number | undefined;
  /** Writes the report beside a finished capture; its path, null if it could not. */
  report: (dir: string) => Promise<string | null>;
}

interface TargetParts {
  request: TargetRequest;
  reader: SegmentReader;
  input: SegmentInput;
  topology: Topology;
  config: Config;
  log: Log;
  capture: CaptureWriter | null;
  first: Tick;
}

const TICK_MS = 100;
const HEARTBEAT_TICKS = 10;
/** After the target's end everything is delivered or given up within this. */
const LAST_WORDS_MS = 6000;
const FLUSH_MS = 3000;

export class Target {
  /** Resolves when the last window is delivered or given up. */
  readonly done: Promise<void>;
  readonly config: Config;
  readonly topology: Topology;
  /** Directory of the capture, null without one. */
  readonly captureDir: string | null;
  #request: TargetRequest;
  #reader: SegmentReader;
  #input: SegmentInput;
  #labels: LabelSets;
  #window: SampleWindow;
  #symbols: Symbols;
  #profiles: Profiles;
  #capture: CaptureWriter | null;
  #outputs: Outputs = noOutputs;
  #root: TargetRoot;
  #log: Log;
  #state: SegmentState;
  #cells: CellSnapshot[];
  #ticks = 0;
  #flushed = 0;
  #windowBegin: bigint;
  #nextCut: number;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #resolveDone: () => void = () => {};

  /** Throws coded errors: a segment that cannot be read, a capture directory that cannot be written. */
  static async open(request: TargetRequest): Promise<Target> {
    const reader = request.native.attach(request.source);
    try {
      reader.heartbeat();
      const topology = new Topology();
      const input = new SegmentInput(reader, topology);
      const first = input.tick({ cells: true });
      const { config, problems } = resolveConfig(layersOf(topology.facts, request.layers, environment()));
      const log = request.log(config);
      for (const problem of problems) log.warn(problem.text);
      const dir = request.captureDir ?? (config.capture === "" ? null : config.capture);
      const facts = captureFacts(topology.facts, first.state, {
        serviceName: config.tracerName,
        tool: request.version,
        lossHelp: Object.fromEntries(request.native.constants.counters.map(({ name, help }) => [name, help])),
      });
      const capture = dir === null ? null : await CaptureWriter.create(dir, facts, request.process);
      const target = new Target({ request, reader, input, topology, config, log, capture, first });
      await target.#openOutputs();
      return target;
    } catch (error) {
      reader.detach();
      reader.close();
      throw error;
    }
  }

  private constructor({ request, reader, input, topology, config, log, capture, first }: TargetParts) {
    this.#request = request;
    this.#reader = reader;
    this.#input = input;
    this.topology = topology;
    this.config = config;
    this.#log = log;
    this.#capture = capture;
    this.captureDir = capture?.dir ?? null;
    this.#state = first.state;
    this.#cells = first.cells ?? [];
    this.#labels = new LabelSets(topology);
    this.#window = new SampleWindow(this.#labels);
    this.#root = openTargetRoot(first.state.pid);
    this.#symbols = new Symbols({
      symbolize: (query) => request.native.symbolize(query),
      module: (id) => topology.modules.get(id),
      root: this.#root.prefix,
    });
    this.#profiles = new Profiles(this.#labels, topology, this.#symbols);
    this.#windowBegin = unixNow();
    // A random first phase: many targets of one machine do not upload at the same instant.
    this.#nextCut = performance.now() + config.uploadInterval * (0.5 + Math.random() / 2);
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
    this.#take(first);
  }

  async #openOutputs(): Promise<void> {
    this.#outputs = await openOutputs({
      config: this.config,
      topology: this.topology,
      labels: this.#labels,
      log: this.#log,
      version: this.#request.version,
      state: this.#state,
      observe: () => {
        if (!this.#ending) this.#take(this.#input.tick({ cells: true }));
        return { cells: this.#cells, state: this.#state };
      },
      settled: (samples) => {
        if (this.#capture === null) this.#reader.settle(samples);
      },
    });
  }

  start(): void {
    this.#tick();
    const { pid, startTicks } = this.#state;
    void this.#request.native.waitForExit(pid, startTicks).then(() => this.#end());
  }

  /** Delivers what there is now. */
  flush(): Promise<void> {
    this.#cut();
    this.#work = this.#work.then(() => this.#outputs.flush(FLUSH_MS)).catch((error) => this.#failed(error));
    return this.#work;
  }

  /** The target is gone, or we leave on purpose: the last window, then nothing more. */
  leave(): Promise<void> {
    if (!this.#ending) this.#reader.detach();
    this.#end();
    return this.done;
  }

  #tick(): void {
    if (this.#ending) return;
    const tick = this.#input.tick({ cells: false });
    this.#take(tick);
    if (this.#ticks++ % HEARTBEAT_TICKS === 0) this.#reader.heartbeat();
    // A target that ends and asks may take us along (PID 1 of a container): everything must be done before we answer.
    if (tick.state.targetState !== "running" && tick.state.flushAsked !== this.#flushed) {
      this.#end();
      return;
    }
    if (tick.state.flushAsked !== this.#flushed) this.#answerFlush(tick.state.flushAsked);
    else if (performance.now() >= this.#nextCut) {
      this.#nextCut = performance.now() + this.config.uploadInterval;
      this.#cut();
    }
    this.#timer = setTimeout(() => this.#tick(), tick.drained ? TICK_MS : 0);
  }

  #take(tick: Tick): void {
    this.#state = tick.state;
    if (tick.cells !== null) this.#cells = tick.cells;
    for (const batch of tick.batches) this.#window.add(batch);
  }

  #answerFlush(asked: number): void {
    this.#flushed = asked;
    void this.flush().then(() => this.#reader.flushed(asked));
  }

  #cut(): void {
    this.#take(this.#input.tick({ cells: true }));
    const end = unixNow();
    const cut: Cut = {
      window: this.#window.swap(),
      timeNanos: this.#windowBegin,
      durationNs: Number(end - this.#windowBegin),
      sampleRate: this.#state.sampleRate || this.config.sampleRate,
    };
    this.#windowBegin = end;
    this.#work = this.#work.then(() => this.#deliver(cut)).catch((error) => this.#failed(error));
  }

  async #deliver(cut: Cut): Promise<void> {
    await this.#profiles.name(cut);
    if (this.#capture !== null) await this.#write(this.#capture, cut);
    this.#outputs.send(this.#outputs.wantsProfiles ? this.#profiles.encode(cut, false) : []);
    const unsent = this.#outputs.wantsProfiles ? cut.window.refused : cut.window.samples + cut.window.refused;
    this.#reader.settle(this.#capture === null ? unsent : cut.window.samples + cut.window.refused);
    this.#outputs.lost("window_refused", cut.window.refused);
  }

  async #write(capture: CaptureWriter, cut: Cut): Promise<void> {
    for (const { bytes, timeNanos, ...info } of this.#profiles.encode(cut, true)) {
      await capture.addProfile(bytes, { kind: "cpu", startUnixNs: timeNanos, ...info });
    }
    await capture.snapshot(this.topology.describe(), this.#cells, this.#state, this.#self());
  }

  #self() {
    const { user, system } = process.cpuUsage();
    const losses = { agent_lost: this.#state.samplesAgentLost, ...this.#outputs.losses() };
    return { timeUnixNs: unixNow(), cpuNs: (user + system) * 1000, rssBytes: process.memoryUsage.rss(), losses };
  }

  #failed(error: unknown): void {
    this.#log.error((error as Error).message);
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#timer);
    for (let drained = false; !drained; ) {
      const tick = this.#input.tick({ cells: true });
      this.#take(tick);
      drained = tick.drained || tick.samples === 0;
    }
    this.#cut();
    this.#work = this.#work.then(() => this.#close()).catch((error) => this.#failed(error));
    void this.#work.finally(() => this.#resolveDone());
  }

  async #close(): Promise<void> {
    if (this.#capture !== null) {
      const last = { topology: this.topology.describe(), cells: this.#cells, state: this.#state };
      await this.#capture.finish({ ...last, agent: this.#self(), modules: this.#symbols.modules() });
      await this.#request.report(this.#capture.dir);
    }
    await this.#outputs.close(LAST_WORDS_MS);
    this.#reader.flushed(this.#state.flushAsked);
    this.#reader.close();
    this.#root.close();
  }
}

const unixNow = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
