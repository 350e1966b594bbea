// When is a window over, and in which order are windows handed on? A beat comes about once a second; samples come later than counts.
// SPDX-License-Identifier: MPL-2.0

/** The beat that is nearest to the time when a window is over counts. */
const SLACK_MS = 300;
/** Windows whose samples are still looked for; another one waits, and is longer then. */
const MOST_PENDING = 3;
/** Others may have copied all that was counted in the same beat: once is enough. */
export const SAME_LOOK_MS = 50;

/** What becomes of a window. */
export interface Taking<Piece> {
  take: (piece: Piece) => void | Promise<void>;
  /** Neither of it may throw. */
  failed: (error: Error) => void;
}

export class WindowBeat {
  #dueMs: number;
  #pending = 0;
  #isOver = false;
  #made: Promise<void> = Promise.resolve();

  constructor(everyMs: number) {
    this.#dueMs = performance.now() + everyMs;
  }

  /** Whether a window ends now; the next one then lasts `everyMs`. */
  isDue(everyMs: () => number): boolean {
    const now = performance.now();
    if (this.#isOver || now < this.#dueMs - SLACK_MS || this.#pending >= MOST_PENDING) return false;
    const next = everyMs();
    this.#dueMs = Math.max(this.#dueMs + next, now + next / 2);
    return true;
  }

  /** No more windows but a last one; false: it was said already. */
  end(): boolean {
    const isFirst = !this.#isOver;
    this.#isOver = true;
    return isFirst;
  }

  /** Hands on what comes, after all that came before it. */
  add<Piece>(coming: Promise<Piece>, { take, failed }: Taking<Piece>): void {
    this.#pending++;
    const before = this.#made;
    this.#made = Promise.allSettled([coming, before]).then(async ([piece]) => {
      try {
        if (piece.status === "rejected") throw piece.reason;
        await take(piece.value);
      } catch (error) {
        failed(error as Error);
      } finally {
        this.#pending--;
      }
    });
  }

  /** Resolves when all so far are handed on; never rejects. */
  made(): Promise<void> {
    return this.#made;
  }
}
