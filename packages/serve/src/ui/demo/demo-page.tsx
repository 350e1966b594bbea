// How does a live stream look to its viewer and, beside it, to the service that is told about it?
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useLab } from "../lab.js";
import { hrefOf } from "../places.js";
import { LinkState, Mark } from "../shell.js";
import { Faults } from "./faults.js";
import { LiveEvents } from "./live-events.js";
import { canPlay, type Playing, play } from "./players.js";
import { type DemoSettings, LAB_TOKEN } from "./settings.js";
import { ViewerFaults } from "./viewer-faults.js";

export function DemoPage({ settings }: { settings: DemoSettings }) {
  return (
    <>
      <header>
        <div class="brand">
          <Mark />
          <span>gst-pyroscope</span>
          <nav aria-label="Pages">
            <a href={hrefOf("now")}>Now</a>
            <a href={hrefOf("sessions")}>Sessions</a>
            <a href={hrefOf("status")}>Status</a>
            <a href={hrefOf("demo")} aria-current="page">
              Demo player
            </a>
          </nav>
          <LinkState />
        </div>
      </header>
      <main id="main">
        <h1>Demo player</h1>
        <p class="detail">{engines[settings.engine]}</p>
        {settings.playedBefore !== undefined && <PlayedBefore settings={settings} name={settings.playedBefore} />}
        <div class="demo">
          <Player settings={settings} />
          <LiveEvents sessionId={settings.sessionId} />
        </div>
      </main>
    </>
  );
}

function PlayedBefore({ settings, name }: { settings: DemoSettings; name: string }) {
  return (
    <p class="notice">
      There is a session{" "}
      <a href={hrefOf("session", { id: name })}>
        <bdi>{name}</bdi>
      </a>{" "}
      already. This page plays as <bdi>{settings.sessionId}</bdi>: its events count from zero again, and would be taken
      for repeated ones.
    </p>
  );
}

const engines = {
  hlsjs: "hls.js with the SDK gst-pyroscope-player: what the viewer lives through, and what the service hears of it.",
  cmcd: "hls.js without an SDK, which reports by itself (CMCD version 2): the service hears somewhat less.",
};

function Player({ settings }: { settings: DemoSettings }) {
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState<Playing | null>(null);
  const [said, setSaid] = useState("");
  const [ended, setEnded] = useState(false);
  const start = (): void => {
    if (video.current === null) return;
    if (canPlay()) setPlaying(play(video.current, settings, setSaid));
    else setSaid("This browser has no Media Source Extensions, which hls.js needs: use a current Chromium or Firefox.");
  };
  const stop = async (): Promise<void> => {
    setEnded(true);
    await playing?.end();
    setPlaying(null);
  };
  useEffect(() => {
    if (settings.autostart) start();
  }, []);
  return (
    <section aria-label="Player">
      <video ref={video} controls playsInline muted aria-label="Live stream" />
      <div class="tools">
        {!ended && playing === null && (
          <button type="button" class="quiet" onClick={start}>
            Play
          </button>
        )}
        {playing !== null && (
          <button type="button" class="quiet" onClick={stop}>
            End the session
          </button>
        )}
        {ended && (
          <a class="quiet" href={`/demo?engine=${settings.engine}&autostart=1`}>
            Begin a new session
          </a>
        )}
        <Engines settings={settings} />
      </div>
      {said !== "" && (
        <p class="notice warn" role="alert">
          {said}
        </p>
      )}
      <LabFaults playing={playing} settings={settings} />
    </section>
  );
}

function Engines({ settings: { engine } }: { settings: DemoSettings }) {
  const other = engine === "cmcd" ? "hlsjs" : "cmcd";
  return (
    <a class="quiet" href={`/demo?engine=${other}`}>
      {other === "cmcd" ? "Try it without the SDK" : "Try it with the SDK"}
    </a>
  );
}

/** What this page sends would be refused, and nothing would arrive. */
function NoToken() {
  return (
    <div class="notice warn" role="alert">
      <p>
        This service was started without <code>--lab</code>, so that it takes no events with the token{" "}
        <code>{LAB_TOKEN}</code>. Make a token for this page, and put it behind the page's address as{" "}
        <code>?token=…</code>:
      </p>
      <code class="command">npx gst-pyroscope serve token add --kind browser --project demo --data-dir DIR</code>
    </div>
  );
}

/** Only where the service was started for trying out. */
function LabFaults({ playing, settings }: { playing: Playing | null; settings: DemoSettings }) {
  const lab = useLab();
  if (lab === false && settings.token === LAB_TOKEN) return <NoToken />;
  if (!lab) return null;
  return (
    <>
      <Faults />
      {playing !== null && <ViewerFaults playing={playing} />}
    </>
  );
}
