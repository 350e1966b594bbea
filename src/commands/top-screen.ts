// How does `top` live on a terminal? It asks once a second, draws what came and what keys change of it, until a key, a signal or the end.
// SPDX-License-Identifier: MPL-2.0

import type { ReadStream, WriteStream } from "node:tty";
import { frame, pageOf, rowsOf } from "../terminal/top/frame.js";
import type { Seen } from "../terminal/top/heading.js";
import { HeldTerminal } from "../terminal/top/held-terminal.js";
import { type Key, press, type View } from "../terminal/top/view.js";
import { exitCodes } from "./exit-codes.js";
import type { FollowedTarget, Look } from "./followed-target.js";
import type { Ended } from "./launch.js";
import type { TopRequest } from "./top-request.js";

export interface ScreenParts {
  input: ReadStream;
  output: WriteStream;
  say: (line: string) => void;
  colour: boolean;
}

/** The terminal is as it was when this resolves. */
export function topOnScreen(
  followed: Pick<FollowedTarget, "look">,
  request: TopRequest,
  parts: ScreenParts,
): Promise<Ended> {
  return new Promise((resolve) => new TopScreen(followed, request, parts, resolve).begin());
}

class TopScreen {
  readonly #followed: Pick<FollowedTarget, "look">;
  readonly #request: TopRequest;
  readonly #parts: ScreenParts;
  readonly #resolve: (ended: Ended) => void;
  readonly #terminal: HeldTerminal;
  #view: View;
  #seen: Seen | null = null;
  #note = "";
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  /** Something else is wanted than what is being asked for. */
  #again = false;
  /** The table is about another time than what is wanted: it is replaced while it is paused, too. */
  #stale = true;
  #over = false;

  constructor(
    followed: Pick<FollowedTarget, "look">,
    request: TopRequest,
    parts: ScreenParts,
    resolve: (ended: Ended) => void,
  ) {
    this.#followed = followed;
    this.#request = request;
    this.#parts = parts;
    this.#resolve = resolve;
    this.#view = request.view;
    this.#terminal = new HeldTerminal(parts.input, parts.output, {
      key: (key) => this.#press(key),
      redraw: () => this.#draw(),
      end: (signal) => this.#end({ code: exitCodes.ok.code, ...(signal && signal !== "SIGINT" && { signal }) }),
    });
  }

  begin(): void {
    this.#terminal.hold();
    this.#note = "The agent is asked.";
    this.#draw();
    void this.#ask();
  }

  get #range(): number | null {
    return this.#request.ranges[this.#view.range] ?? null;
  }

  /** One question at a time. While it is paused the agent is asked as well: else it would keep nothing for us. */
  async #ask(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    clearTimeout(this.#timer);
    const began = performance.now();
    // With the functions of all rows: those of a table that stands still are of the same time, whichever row is opened.
    const look = await this.#followed.look({ range: this.#range, functions: true });
    this.#asking = false;
    if (this.#over) return;
    const again = this.#again;
    this.#again = false;
    // What was asked for is not wanted any more where something else is.
    this.#take(look, again || (this.#view.paused && !this.#stale));
    const waitMs = again ? 0 : Math.max(0, this.#request.intervalMs - (performance.now() - began));
    if (!this.#over) this.#timer = setTimeout(() => void this.#ask(), waitMs);
  }

  /** `stays`: the table, as it was when it was paused. */
  #take(look: Look, stays: boolean): void {
    if ("over" in look) {
      this.#end({ code: exitCodes.ok.code });
      this.#parts.say(look.over);
      return;
    }
    if ("seen" in look && !stays) {
      this.#seen = look.seen;
      this.#stale = false;
    }
    this.#note = "note" in look ? look.note : "";
    this.#draw();
  }

  #press(key: Key): void {
    const rows = this.#seen === null ? [] : rowsOf(this.#seen, this.#view);
    const shown = {
      paths: rows.map(({ path }) => path),
      page: pageOf(this.#terminal.size.rows),
      ranges: this.#request.ranges.length,
    };
    const pressed = press(this.#view, key, shown);
    if (pressed === "end") this.#end({ code: exitCodes.ok.code });
    else if (pressed === "stop") this.#terminal.stop(true);
    else this.#show(pressed);
  }

  #show(view: View): void {
    const before = this.#view;
    this.#view = view;
    const other = before.range !== view.range;
    if (other) this.#stale = true;
    this.#draw();
    // Who pauses wants what is on its way already.
    if (other || (before.paused && !view.paused)) void this.#ask();
  }

  #draw(): void {
    if (this.#over) return;
    const { size } = this.#terminal;
    const options = { ...size, colour: this.#parts.colour, range: this.#range, note: this.#note };
    this.#terminal.screen.draw(frame(this.#seen, this.#view, options), size);
  }

  #end(ended: Ended): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#terminal.release();
    this.#resolve(ended);
  }
}
