// How does a page keep what it shows fresh, and what does it know of the last attempt?
// SPDX-License-Identifier: MPL-2.0
import type { StreamFrame } from "@gst-pyroscope/contract/wire";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, problemOf } from "./api.js";
import { listen } from "./live.js";

export interface Loaded<T> {
  data: T | undefined;
  /** Why the last attempt failed. What was loaded before is kept. */
  problem: Problem | undefined;
  /** Milliseconds since 1970: since when it has failed. */
  failingSince: number | undefined;
  reload(): void;
}

/** However many events come in, no more than one question in this time. */
const GATHER_MS = 1000;
const RETRY_MS = 5000;

export interface Loading<T> {
  /** What is loaded: when it changes, all begins anew. */
  key: string;
  load(before: T | undefined, signal: AbortSignal): Promise<T>;
  concerns(frame: StreamFrame): boolean;
}

export function useLoaded<T>({ key, load, concerns }: Loading<T>): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "reload">>(nothing);
  const again = useRef(() => {});
  useEffect(() => {
    setState(nothing);
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let data: T | undefined;
    let since: number | undefined;
    const later = (ms: number): void => {
      timer ??= setTimeout(run, ms);
    };
    const run = async (): Promise<void> => {
      try {
        data = await load(data, abort.signal);
        since = undefined;
        if (!abort.signal.aborted) setState({ data, problem: undefined, failingSince: undefined });
        timer = undefined;
      } catch (error) {
        if (abort.signal.aborted) return;
        since ??= Date.now();
        const problem = problemOf(error);
        setState({ data, problem, failingSince: since });
        timer = undefined;
        if (problem.status === 0 || problem.status >= 500) later(RETRY_MS);
      }
    };
    again.current = () => later(0);
    later(0);
    const deaf = listen((frame) => (frame === null || concerns(frame)) && later(GATHER_MS));
    return () => {
      abort.abort();
      clearTimeout(timer);
      deaf();
    };
  }, [key]);
  return { ...state, reload: () => again.current() };
}

const nothing = { data: undefined, problem: undefined, failingSince: undefined };
