// How long does removal wait between two slices, so that writing goes on?
// SPDX-License-Identifier: MPL-2.0

/** Waits between two slices, the longer the more a slice took. */
export type Pace = (tookMs: number) => Promise<void>;

/** Of the writer's time, while others write: the rest is theirs. */
const share = 0.2;

/** While nothing is written, removal only lets messages in between. */
export const pacing = (): { pace: Pace; wrote(): void } => {
  let writing = false;
  const pace: Pace = (tookMs) => {
    const pauseMs = writing ? (tookMs * (1 - share)) / share : 0;
    writing = false;
    return new Promise((resolve) => (pauseMs > 0 ? setTimeout(resolve, Math.ceil(pauseMs)) : setImmediate(resolve)));
  };
  return {
    pace,
    wrote: () => {
      writing = true;
    },
  };
};
