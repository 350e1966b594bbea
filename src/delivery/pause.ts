// How does one wait without missing a reason to stop waiting?
// SPDX-License-Identifier: MPL-2.0

/** Resolves after `ms`, or as soon as one of the signals is aborted. Leaves no listener behind. */
export function pause(ms: number, ...until: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of until) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, until.some((signal) => signal.aborted) ? 0 : ms);
    for (const signal of until) signal.addEventListener("abort", end, { once: true });
  });
}
