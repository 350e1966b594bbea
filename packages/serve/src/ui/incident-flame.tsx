// Which functions did the element's time go to? The report's flame graph, of the time that was judged.
// SPDX-License-Identifier: MPL-2.0
import type { FlameGraph } from "@gst-pyroscope/contract/stall-views";
import type { StallView } from "@gst-pyroscope/contract/window";
import { useEffect, useRef, useState } from "preact/hooks";
import type { DrawnFlame } from "../../../../src/page/browser/flame-of-stacks.js";
import { durationText } from "./format.js";
import { askFlame } from "./incident-api.js";
import type { IncidentData } from "./incident-data.js";
import { useLoaded } from "./loaded.js";
import { Empty, States } from "./states.js";

type Profile = NonNullable<StallView["profile"]>;

export function ElementFlame({ data: { stall } }: { data: IncidentData }) {
  const { profile } = stall;
  if (profile === null) return null;
  return (
    <section aria-label="Flame graph">
      <h2>
        Flame graph of <bdi>{profile.labels.element}</bdi> in the time that was judged
      </h2>
      <Stacks key={profile.flamegraph} profile={profile} untilMs={Date.parse(stall.interval.until)} />
    </section>
  );
}

const AGAIN_MS = 5000;
/** Profiles and stacks of a time are all there so long after it. */
const SETTLED_MS = 60_000;

function Stacks({ profile, untilMs }: { profile: Profile; untilMs: number }) {
  const loaded = useLoaded<FlameGraph>({
    key: profile.flamegraph,
    load: async (before, signal) => {
      const now = await askFlame(profile.flamegraph, signal);
      return before !== undefined && JSON.stringify(now) === JSON.stringify(before) ? before : now;
    },
    concerns: () => false,
  });
  useEffect(() => {
    const timer = setInterval(() => Date.now() < untilMs + SETTLED_MS && loaded.reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <States of={loaded} what="the profile">
      {({ source, stacks }) => (
        <>
          <Where source={source} stacks={stacks} profile={profile} />
          {stacks.length === 0 ? (
            <NoProfile source={source} />
          ) : (
            <Drawing stacks={stacks} element={profile.labels.element} />
          )}
        </>
      )}
    </States>
  );
}

interface WhereRequest extends Pick<FlameGraph, "source" | "stacks"> {
  profile: Profile;
}

function Where({ source, stacks, profile }: WhereRequest) {
  const sum = stacks.reduce((total, { ms }) => total + ms, 0);
  const from = { pyroscope: "from Pyroscope", agent: "from the agent’s windows", none: "" }[source];
  return (
    <p class="detail">
      {stacks.length > 0 && `${durationText(sum)} of CPU time, ${from}. `}
      {isWebAddress(profile.url) && (
        <a href={profile.url ?? ""} rel="noreferrer">
          Open in {new URL(profile.url ?? "").pathname.endsWith("/explore") ? "Grafana" : "Pyroscope"}
        </a>
      )}
    </p>
  );
}

const isWebAddress = (url: string | null): boolean => url !== null && /^https?:\/\//.test(url);

function NoProfile({ source }: { source: FlameGraph["source"] }) {
  const text =
    source === "none"
      ? "There is no profile of this time. The agent sends call stacks while a stall is open, from its next windows on; profiles of all times need a Pyroscope that this service may ask:"
      : "In this time no CPU sample fell into the element: it waited rather than computed, or samples were off.";
  return (
    <Empty
      text={text}
      {...(source === "none" ? { command: "gst-pyroscope serve --pyroscope-url http://127.0.0.1:4040" } : {})}
    />
  );
}

function Drawing({ stacks, element }: Pick<FlameGraph, "stacks"> & { element: string }) {
  const flame = useRef<DrawnFlame | null>(null);
  const newest = useRef(stacks);
  const [failure, setFailure] = useState("");
  newest.current = stacks;
  useEffect(() => flame.current?.show(stacks), [stacks]);
  useEffect(() => {
    const box = document.getElementById("flame") as HTMLElement;
    const redraw = (): void => flame.current?.redraw();
    const watch = new ResizeObserver(redraw);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", redraw);
    const draw = async (): Promise<void> => {
      // Loaded when it is needed: most pages have no flame graph.
      const { drawStacks } = await import("../../../../src/page/browser/flame-of-stacks.js");
      if (!box.isConnected) return;
      flame.current = drawStacks(newest.current, element, "CPU time");
      watch.observe(box);
    };
    draw().catch((error: Error) => setFailure(error.message));
    return () => {
      watch.disconnect();
      scheme.removeEventListener("change", redraw);
    };
  }, []);
  return (
    <>
      {failure !== "" && (
        <p class="notice warn" role="alert">
          The flame graph could not be drawn: {failure}
        </p>
      )}
      <Frame flame={() => flame.current} />
    </>
  );
}

/** The component finds its places by their names. */
function Frame({ flame }: { flame(): DrawnFlame | null }) {
  return (
    <>
      <div class="tools flame-tools">
        <nav aria-label="Place in the flame graph">
          <ol id="crumbs" />
        </nav>
        <span id="found" role="status" />
        <input
          type="search"
          placeholder="Search functions"
          aria-label="Search the flame graph"
          onInput={(event) => flame()?.search(event.currentTarget.value)}
        />
        <button type="button" id="reset" class="quiet" hidden onClick={() => flame()?.reset()}>
          Show all
        </button>
      </div>
      <div
        id="flame"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move in it
        tabIndex={0}
        role="application"
        aria-label="Flame graph: arrow keys move, Enter zooms in, Backspace zooms out"
      />
      <div id="reading" class="reading" aria-live="polite" />
      <div id="tip" role="tooltip" hidden />
    </>
  );
}
