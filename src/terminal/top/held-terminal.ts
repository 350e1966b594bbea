// Who gives the terminal back? Raw keys and the other screen are held until a key, a signal, a failure or the end, and never longer.
// SPDX-License-Identifier: MPL-2.0

import { emitKeypressEvents } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { attempt } from "../../model/attempt.js";
import { Screen, type Size } from "./screen.js";
import type { Key } from "./view.js";

export interface TerminalEvents {
  key(key: Key): void;
  /** The size is another one, or somebody else had the terminal. */
  redraw(): void;
  /** null: the terminal is gone. */
  end(signal: NodeJS.Signals | null): void;
}

const endings: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** A terminal that does not know its size. */
const USUAL_SIZE: Size = { rows: 24, columns: 80 };

export class HeldTerminal {
  readonly screen: Screen;
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #events: TerminalEvents;
  #held = false;

  constructor(input: ReadStream, output: WriteStream, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    this.screen = new Screen((text) => void output.write(text));
  }

  get size(): Size {
    return { rows: this.#output.rows || USUAL_SIZE.rows, columns: this.#output.columns || USUAL_SIZE.columns };
  }

  hold(): void {
    this.#held = true;
    for (const signal of endings) process.on(signal, this.#ended);
    process.on("SIGTSTP", this.#stopped);
    process.on("SIGCONT", this.#continued);
    // Before the trace of a failure is written, and whatever else may end us.
    process.on("uncaughtExceptionMonitor", this.#lastMoment);
    process.on("exit", this.#lastMoment);
    this.#output.on("error", this.#gone).on("resize", this.#resized);
    this.#input.on("error", this.#gone).on("end", this.#gone).on("keypress", this.#pressed);
    emitKeypressEvents(this.#input);
    this.#take();
    this.#input.resume();
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#giveBack();
    this.#input.pause();
    for (const signal of endings) process.off(signal, this.#ended);
    process.off("SIGTSTP", this.#stopped).off("SIGCONT", this.#continued);
    process.off("uncaughtExceptionMonitor", this.#lastMoment).off("exit", this.#lastMoment);
    this.#output.off("resize", this.#resized);
    this.#input.off("keypress", this.#pressed).off("end", this.#gone);
    // What is still on its way to a terminal that is gone fails later; that is no news then.
  }

  /** Until the shell has us go on; `whole`: with all of our job, as the key does (npx waits for us). */
  stop(whole: boolean): void {
    this.#giveBack();
    process.off("SIGTSTP", this.#stopped);
    process.kill(whole ? 0 : process.pid, "SIGTSTP");
    // We are here again once we go on, or at once where no shell could have us go on.
    process.on("SIGTSTP", this.#stopped);
    this.#take();
    this.#events.redraw();
  }

  #take(): void {
    attempt(() => this.#input.setRawMode(true), undefined);
    this.screen.enter();
  }

  #giveBack(): void {
    this.screen.leave();
    attempt(() => this.#input.setRawMode(false), undefined); // it may be gone
  }

  readonly #pressed = (_: string | undefined, key: Key): void => this.#events.key(key);
  readonly #stopped = (): void => this.stop(false);
  readonly #ended = (signal: NodeJS.Signals): void => this.#events.end(signal);
  readonly #gone = (): void => this.#events.end(null);
  readonly #lastMoment = (): void => this.release();

  readonly #resized = (): void => {
    this.screen.forget();
    this.#events.redraw();
  };

  /** A process that stopped us without a word (SIGSTOP) has left the terminal as we had it, or as the shell wants it. */
  readonly #continued = (): void => {
    attempt(() => this.#input.setRawMode(false), undefined);
    this.#take();
    this.screen.forget();
    this.#events.redraw();
  };
}
