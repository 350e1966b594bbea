// How do trials run one after the other, in a lab with its viewers for those that want the same?
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { makeFault, startLab } from "../../scripts/lab.mjs";
import { StepFailed } from "../../scripts/steps.mjs";
import { wantsSpare } from "./fresh.mjs";
import { left } from "./plan.mjs";
import { sessionService } from "./session-service.mjs";
import { lineOf } from "./table.mjs";
import { runTrial } from "./trial.mjs";
import { openViewers } from "./viewers.mjs";

export class Lane {
  #results;
  #limits;
  #signal;
  #asked;

  /** `signal`: the trial under way has no result, and all that runs ends in order. */
  constructor({ results, limits = {}, signal }) {
    this.#results = results;
    this.#limits = limits;
    this.#signal = signal;
    this.#asked = new Promise((done) => signal.addEventListener("abort", () => done(null)));
  }

  /** Those that have a result are left out. */
  async run(trials) {
    for (const group of left(trials, this.#results.all())) await this.#runGroup(group);
  }

  /** Trials that want the same pipeline and viewers; a lab that fails is started anew for the rest. */
  async #runGroup(group) {
    const rest = [...group];
    while (rest.length > 0) {
      const lab = await this.#openLab(rest); // one that does not even start ends the run, without a result
      try {
        for (; rest.length > 0; rest.shift()) await this.#trialAndSpare(rest[0], lab);
      } catch (error) {
        if (this.#signal.aborted) throw error;
        const [first] = error.message.split("\n");
        this.#tell({ ...rest.shift(), outcome: "void", why: `the lab failed: ${first}`, blamesWrongly: false });
      } finally {
        await lab.close();
      }
    }
  }

  async #trialAndSpare(trial, lab) {
    const result = await this.#oneTrial(trial, lab);
    this.#tell(result);
    if (!wantsSpare(trial, result)) return;
    console.log(`${trial.id} is void: ${trial.spare.id} in its stead`);
    this.#tell(await this.#oneTrial(trial.spare, lab));
  }

  #tell({ spare: _, ...result }) {
    this.#results.add(result);
    console.log(lineOf(result));
  }

  async #oneTrial(trial, { world, failed }) {
    const result = await Promise.race([runTrial(trial, world), failed, this.#asked]);
    if (result === null) throw new StepFailed("ended before all trials were run; the same command goes on", 130);
    if (result.id === undefined) throw new StepFailed(`${result.name} has ended by itself: ${result.errors}`);
    return result;
  }

  async #openLab([first, ...more]) {
    const { pipeline, variant = "sdk", viewers: each = 1, agent_clock: agentClock, player_clock: playerClock } = first;
    console.log(`== ${pipeline}, ${variant}, viewers of each stream: ${each}, trials: ${1 + more.length}`);
    const dataDir = mkdtempSync(join(tmpdir(), "gst-pyroscope-stalls-"));
    const remove = () => rmSync(dataDir, { recursive: true, force: true });
    const lab = await this.#started({ dataDir, pipeline, agentClock }).catch((error) => {
      remove();
      throw error;
    });
    try {
      if (variant === "stock") await makeFault(lab.url, "net:program-time=off");
      const engine = variant === "cmcd" ? "cmcd" : "hlsjs";
      const opened = await openViewers(lab.players, { engine, each, clock: playerClock });
      const close = () => opened.close().finally(lab.stop).finally(remove);
      return { world: this.#worldOf(lab, opened), failed: lab.failed, close };
    } catch (error) {
      await lab.stop().finally(remove);
      throw error;
    }
  }

  /** On a machine that has no time for it the start may fail: it is tried twice. */
  async #started(asked) {
    const begin = () => startLab({ ...asked, signal: this.#signal });
    return begin().catch((error) => {
      if (this.#signal.aborted) throw error;
      console.log(`the lab did not start, and is started once more: ${error.message}`);
      return begin();
    });
  }

  #worldOf(lab, { viewers }) {
    const streams = lab.players.map(({ stream }) => ({ stream }));
    const service = sessionService(lab.url);
    const around = { makeFault: (fault) => makeFault(lab.url, fault), now: Date.now, pause };
    return { service, viewers, streams, limits: this.#limits, ...around };
  }
}
