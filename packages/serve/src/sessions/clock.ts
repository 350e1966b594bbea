// What time is it, and when is something due? Injected, so that days can pass in a test.
// SPDX-License-Identifier: MPL-2.0

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls again and again until the answer is called. */
  every(milliseconds: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  every(milliseconds, call) {
    const timer = setInterval(call, milliseconds).unref();
    return () => clearInterval(timer);
  },
};
