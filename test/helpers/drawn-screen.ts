// What does a person see after a program has drawn? Only the few commands to a terminal that `top` uses; any other one is an error.

import { cellWidth } from "../../src/terminal/columns.js";

const ESC = "\u001b";
const command = new RegExp(`${ESC}\\[(\\??)([0-9;]*)([A-Za-z])`, "y");

export class DrawnScreen {
  /** By row. */
  lines: string[] = [];
  /** The other screen is shown, the cursor, and long lines go on in the next row. */
  other = false;
  cursor = true;
  wraps = true;
  #row = 0;
  #rest = "";

  /** Some of what a program wrote; a command that is cut in two waits for its end. */
  write(text: string): this {
    const all = this.#rest + text;
    this.#rest = "";
    let at = 0;
    while (at < all.length) {
      if (all[at] !== ESC) {
        const end = all.indexOf(ESC, at);
        const piece = all.slice(at, end < 0 ? all.length : end);
        if (this.other) this.lines[this.#row] = (this.lines[this.#row] ?? "") + piece;
        at += piece.length;
        continue;
      }
      command.lastIndex = at;
      const found = command.exec(all);
      if (found === null) {
        if (all.length - at < 16) {
          this.#rest = all.slice(at);
          break;
        }
        this.#refuse(all.slice(at, at + 16));
        at++;
        continue;
      }
      this.#obey(found[1] ?? "", found[2] ?? "", found[3] ?? "");
      at = command.lastIndex;
    }
    return this;
  }

  /** Widest of all rows. */
  get width(): number {
    return this.lines.reduce((most, line) => Math.max(most, cellWidth(line ?? "")), 0);
  }

  get text(): string {
    return Array.from(this.lines, (line) => line ?? "").join("\n");
  }

  #obey(mark: string, numbers: string, letter: string): void {
    const switched = letter === "h";
    if (mark === "?" && numbers === "1049") {
      this.other = switched;
      this.lines = [];
    } else if (mark === "?" && numbers === "25") this.cursor = switched;
    else if (mark === "?" && numbers === "7") this.wraps = switched;
    else if (mark === "?")
      return; // of the shell around it
    else if (letter === "H") this.#row = Number(numbers.split(";")[0] || 1) - 1;
    else if (letter === "K") this.lines[this.#row] = "";
    else if (letter === "J") this.lines = [];
    else if (letter !== "m") this.#refuse(numbers + letter);
  }

  /** The shell around it may say what it likes. */
  #refuse(text: string): void {
    if (this.other) throw new Error(`unknown command ${JSON.stringify(text)}`);
  }
}
