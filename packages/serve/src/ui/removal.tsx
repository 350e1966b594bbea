// How is a session removed for ever, by a person who may do that, and how by the others?
// SPDX-License-Identifier: MPL-2.0
import type { SessionView } from "@gst-pyroscope/contract/wire";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Problem, problemOf, remove } from "./api.js";
import { countText } from "./format.js";
import { goTo, hrefOf } from "./places.js";
import { purgeCommand, tokenCommand } from "./removal-commands.js";
import type { Status } from "./status-page.js";

export function Removal({ session }: { session: SessionView }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="removal" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Delete this session</summary>
      {open && <Ways session={session} />}
    </details>
  );
}

/** The key of the page's address lets a browser read, and nothing else. */
function Ways({ session }: { session: SessionView }) {
  const [directory, setDirectory] = useState<string | null>(null);
  useEffect(() => {
    ask<Status>("/api/status").then(
      ({ store }) => setDirectory(store.directory),
      () => {},
    );
  }, []);
  return (
    <>
      <p>
        This page may read only. An admin token of project <bdi>{session.project_id}</bdi> removes the session from here
        {directory !== null && "; this makes one, also while the service is running:"}
      </p>
      {directory !== null && <code class="command">{tokenCommand(session.project_id, directory)}</code>}
      <WithToken session={session} />
      {directory !== null && (
        <>
          <p>Without a token: end the service, then run</p>
          <code class="command">{purgeCommand(session, directory)}</code>
        </>
      )}
    </>
  );
}

function WithToken({ session }: { session: SessionView }) {
  const [token, setToken] = useState("");
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const removeNow = async (): Promise<void> => {
    try {
      await remove(`/api/stream-sessions/${encodeURIComponent(session.session_id)}`, token);
      goTo(hrefOf("sessions"));
    } catch (error) {
      setProblem(problemOf(error));
      setSure(false);
    }
  };
  return (
    <>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          setProblem(null);
          setSure(true);
        }}
      >
        <input
          type="password"
          class="entry"
          aria-label="Admin token"
          placeholder="admin token"
          autocomplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value.trim())}
        />
        <button type="submit" class="quiet" disabled={token === "" || sure}>
          Delete …
        </button>
      </form>
      {sure && <Confirm session={session} yes={removeNow} no={() => setSure(false)} />}
      {problem !== null && (
        <p class="notice warn" role="alert">
          The session was not deleted. <bdi>{problem.message}</bdi>
        </p>
      )}
    </>
  );
}

function Confirm({ session, yes, no }: { session: SessionView; yes(): void; no(): void }) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <div class="notice warn" role="alertdialog" aria-label="Delete this session for ever?">
      <p>
        Delete session <bdi>{session.session_id}</bdi> with its {countText(session.event_count)} events? They cannot be
        brought back. If its player still reports, the session begins anew.
      </p>
      <p class="tools">
        <button type="button" class="quiet" ref={keep} onClick={no}>
          Keep it
        </button>
        <button type="button" class="quiet danger" onClick={yes}>
          Delete for ever
        </button>
      </p>
    </div>
  );
}
