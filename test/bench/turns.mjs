// What does a buffer cost under several tracers? One process for each way, which take turns of a few milliseconds: the
// host's own ups and downs, which last longer, meet all of them alike.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { median, spread } from "./measure.mjs";

const nanosecondsOfATurn = 20e6;
const turnsOfARound = 40;

/** A pipeline that runs only when told. */
export class Paced {
  constructor(binary, words, env) {
    this.child = spawn(binary, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.buffers = 1000;
  }

  /** Nanoseconds of CPU of the whole process for each buffer of one turn. */
  async turn() {
    this.child.stdin.write(`${this.buffers}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the pipeline ended: ${this.child.spawnargs.join(" ")}`);
    return Number(value) / this.buffers;
  }

  /** Caches are filled, tables built, and a turn then takes its time. */
  async settle() {
    for (let i = 0; i < 5; i++) this.buffers = Math.max(10, Math.round(nanosecondsOfATurn / (await this.turn())));
  }

  async end() {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.stdin.end();
    await ended;
  }
}

/** One round: fresh processes (other addresses, other pages), many turns; the median of each way's pairs with the first. */
async function roundOf(ways, unit) {
  const paced = ways.map(({ binary, words, env }) => new Paced(binary, words, env));
  for (const one of paced) await one.settle();
  const pairs = ways.map(() => []);
  const base = [];
  for (let turn = 0; turn < turnsOfARound; turn++) {
    const costs = [];
    for (const i of turn % 2 ? [...paced.keys()].reverse() : paced.keys()) costs[i] = await paced[i].turn();
    base.push(costs[0]);
    costs.forEach((cost, i) => pairs[i].push(unit(cost, costs[0])));
  }
  for (const one of paced) await one.end();
  return { base: median(base), figures: pairs.map(median) };
}

/**
 * Every way `{name, binary, words, env}` related to the first. `unit(nsOfWay, nsOfFirst)` turns the cost of a buffer into
 * the figure; a round's figure is the median of its turns, and the result says how the rounds spread.
 */
export async function compareTurns(ways, rounds, unit, progress) {
  const all = [];
  for (let round = 0; round < rounds; round++) {
    all.push(await roundOf(ways, unit));
    progress(round + 1, rounds);
  }
  return {
    [ways[0].name]: { median: median(all.map(({ base }) => base)), unit: "ns of CPU per buffer" },
    ...Object.fromEntries(ways.slice(1).map(({ name }, i) => [name, spread(all.map(({ figures }) => figures[i + 1]))])),
  };
}
