// How does a frame come to the terminal without flicker? Only lines that changed, and each frame in one write.
// SPDX-License-Identifier: MPL-2.0

const ESC = "\u001b";
/** The other screen, without a cursor; a line that is wider there than we think must not run into the next one. */
const ENTER = `${ESC}[?1049h${ESC}[?25l${ESC}[?7l`;
/** Cleared before: a terminal that was resized meanwhile may keep some of it. */
const LEAVE = `${ESC}[0m${ESC}[2J${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;

export interface Size {
  rows: number;
  columns: number;
}

export class Screen {
  readonly #write: (text: string) => void;
  #entered = false;
  #size: Size = { rows: 0, columns: 0 };
  #lines: readonly string[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.forget();
    this.#write(ENTER);
  }

  /** What a person had before is there again. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#write(LEAVE);
  }

  /** Somebody else may have written there: the next frame is drawn whole. */
  forget(): void {
    this.#size = { rows: 0, columns: 0 };
  }

  /** A line for each row of the screen. */
  draw(lines: readonly string[], size: Size): void {
    if (!this.#entered) return;
    const whole = size.rows !== this.#size.rows || size.columns !== this.#size.columns;
    const changed = lines.flatMap((line, row) =>
      whole || line !== this.#lines[row] ? [`${ESC}[${row + 1};1H${ESC}[2K${line}`] : [],
    );
    this.#size = { ...size };
    this.#lines = [...lines];
    if (whole) changed.unshift(`${ESC}[?25l${ESC}[?7l${ESC}[0m${ESC}[2J`);
    if (changed.length > 0) this.#write(changed.join(""));
  }
}
