// What does a page say when there is nothing to show: not yet, nothing at all, no answer, or no permission?
// SPDX-License-Identifier: MPL-2.0
import type { ComponentChildren } from "preact";
import { timeText } from "./format.js";
import type { Loaded } from "./loaded.js";

interface StatesRequest<T> {
  of: Loaded<T>;
  what: string;
  children: (data: T) => ComponentChildren;
}

/** What was loaded before stays below the notice that it is no longer fresh. */
export function States<T>({ of, what, children }: StatesRequest<T>) {
  const { data, problem } = of;
  return (
    <>
      {problem !== undefined && <Trouble of={of} what={what} />}
      {data === undefined ? problem === undefined && <Skeleton what={what} /> : children(data)}
    </>
  );
}

function Skeleton({ what }: { what: string }) {
  return (
    <div role="status" class="loading">
      <p class="detail">Loading {what} …</p>
      <div class="skeleton" />
      <div class="skeleton" />
      <div class="skeleton" />
    </div>
  );
}

function Trouble<T>({ of, what }: { of: Loaded<T>; what: string }) {
  const { problem, failingSince, data, reload } = of;
  if (problem === undefined) return null;
  if (problem.status === 401 || problem.status === 403) return <NotPermitted />;
  const since = failingSince === undefined ? "" : ` since ${timeText(failingSince)}`;
  return (
    <div role="alert" class="notice warn">
      <p>
        {what[0]?.toUpperCase() + what.slice(1)} could not be loaded{since}. <bdi>{problem.message}</bdi>
        {data !== undefined && " What is shown is what was loaded before that."}
      </p>
      {problem.status === 0 && <p>Is the service still running? The page tries again every five seconds.</p>}
      <p>
        <button type="button" class="quiet" onClick={reload}>
          Try again
        </button>
      </p>
    </div>
  );
}

export function NotPermitted() {
  return (
    <div role="alert" class="notice warn">
      <p>
        This browser may not read here. Open the address that the service printed after <code>dashboard:</code>; its key
        lets this browser in. A new start prints a new line:
      </p>
      <code class="command">npx gst-pyroscope serve --data-dir DIR</code>
    </div>
  );
}

export function Empty({ text, command }: { text: string; command?: string }) {
  return (
    <div class="notice" role="status">
      <p>{text}</p>
      {command !== undefined && <code class="command">{command}</code>}
    </div>
  );
}
