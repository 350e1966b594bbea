// How are windows, streams and stalls kept when nothing shall remain of them?
// SPDX-License-Identifier: MPL-2.0
import type { EventRow, KeptSessions } from "./memory-order.js";
import { compareText } from "./order.js";
import { rolled } from "./rolled.js";
import * as port from "./stall-port.js";

interface Stream extends port.StreamRow {
  project: string;
  nominals: port.Nominals;
}

interface Incident {
  project: string;
  id: string;
  streamId: string;
  fromMs: number;
}

const keyOf = (...parts: (string | number)[]): string => JSON.stringify(parts);

const windowKey = ({ project, window, ownFromMs }: port.WindowRow): string =>
  keyOf(project, window.stream_id, window.run_id, ownFromMs);

const isNear = ({ fromMs, toMs }: port.WindowRow, { atMs, view }: port.StallRow): boolean =>
  atMs <= toMs + port.aroundStallMs && atMs + (view.stall.lasted_ms ?? 0) >= fromMs - port.aroundStallMs;

const byTime = (a: port.StallRow, b: port.StallRow): number => a.atMs - b.atMs || a.id - b.id;

export class MemoryStalls implements port.StallStore {
  #sessions: KeptSessions;
  #streams = new Map<string, Stream>();
  #windows = new Map<string, port.WindowRow>();
  /** Keys of those that were rolled. */
  #rolled = new Set<string>();
  #paths = new Map<string, port.StreamPath & { project: string }>();
  #stalls = new Map<number, port.StallRow>();
  #incidents = new Map<string, Incident>();

  constructor(sessions: KeptSessions) {
    this.#sessions = sessions;
  }

  async putWindows(windows: port.WindowRow[]): Promise<void> {
    for (const row of structuredClone(windows)) {
      const { stream_id, pipeline } = row.window;
      const stream = this.#stream(row.project, stream_id, row.fromMs);
      stream.firstMs = Math.min(stream.firstMs, row.fromMs);
      stream.lastMs = Math.max(stream.lastMs, row.toMs);
      stream.pipelines = port.withPipeline(stream.pipelines, pipeline);
      this.#windows.set(windowKey(row), row);
    }
  }

  /** Those that are old enough, and near no stall. */
  roll(nowMs: number): void {
    const beforeMs = port.rolledBefore(nowMs);
    const isDue = (key: string, row: port.WindowRow): boolean =>
      row.fromMs < beforeMs && !this.#rolled.has(key) && !this.#isKept(row);
    const due = [...this.#windows].filter(([key, row]) => isDue(key, row));
    for (const [key] of due) this.#windows.delete(key);
    for (const row of rolled(due.map(([, row]) => row))) {
      this.#windows.set(windowKey(row), row);
      this.#rolled.add(windowKey(row));
    }
  }

  #stream(project: string, streamId: string, atMs: number): Stream {
    const key = keyOf(project, streamId);
    const stream = this.#streams.get(key) ?? {
      project,
      streamId,
      firstMs: atMs,
      lastMs: 0,
      pipelines: [],
      nominals: {},
    };
    this.#streams.set(key, stream);
    return stream;
  }

  async windows(project: string, streamId: string, page: port.WindowsPage): Promise<port.WindowRow[]> {
    const found = [...this.#windows.values()]
      .filter((row) => row.project === project && row.window.stream_id === streamId)
      .filter(({ fromMs, toMs }) => fromMs < page.untilMs && toMs > page.fromMs)
      .sort((a, b) => a.fromMs - b.fromMs);
    return structuredClone(found.slice(Math.max(0, found.length - page.limit)));
  }

  async streams(project: string): Promise<port.StreamRow[]> {
    const own = [...this.#streams.values()].filter((stream) => stream.project === project);
    return own
      .sort((a, b) => compareText(a.streamId, b.streamId))
      .map(({ project: _, nominals: __, ...row }) => ({ ...row, pipelines: [...row.pipelines] }));
  }

  async nominals(project: string, streamId: string): Promise<port.Nominals> {
    return structuredClone(this.#streams.get(keyOf(project, streamId))?.nominals ?? {});
  }

  async putNominals(project: string, streamId: string, nominals: port.Nominals): Promise<void> {
    const stream = this.#streams.get(keyOf(project, streamId));
    if (stream) stream.nominals = structuredClone(nominals);
  }

  async streamPaths(project: string): Promise<port.StreamPath[]> {
    const own = [...this.#paths.values()].filter((path) => path.project === project);
    return own.sort((a, b) => compareText(a.path, b.path)).map(({ project: _, ...path }) => path);
  }

  async putStreamPath(project: string, path: port.StreamPath): Promise<void> {
    const key = keyOf(project, path.path);
    if (path.learned && this.#paths.get(key)?.learned === false) return;
    this.#paths.set(key, { ...path, project });
  }

  async removeStreamPath(project: string, path: string): Promise<boolean> {
    return this.#paths.delete(keyOf(project, path));
  }

  async putStalls(stalls: port.StallRow[]): Promise<void> {
    for (const row of structuredClone(stalls)) {
      const { stall, incident_id: id } = row.view;
      if (!this.#sessions.session(row.project, stall.session_id)) continue;
      this.#stream(row.project, stall.stream_id, row.atMs);
      const key = keyOf(row.project, id);
      const before = this.#incidents.get(key);
      const fromMs = Math.min(row.atMs, before?.fromMs ?? row.atMs);
      this.#incidents.set(key, { project: row.project, id, streamId: before?.streamId ?? stall.stream_id, fromMs });
      this.#stalls.set(row.id, row);
    }
  }

  #stallsWhere(keep: (row: port.StallRow) => boolean): port.StallRow[] {
    return structuredClone([...this.#stalls.values()].filter(keep).sort(byTime));
  }

  async stallsOfSession(project: string, sessionId: string): Promise<port.StallRow[]> {
    return this.#stallsWhere((row) => row.project === project && row.view.stall.session_id === sessionId);
  }

  async stallsOfStream(project: string, streamId: string, page: port.StallsPage): Promise<port.StallRow[]> {
    const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY, limit, after } = page;
    const isAfter = ({ atMs, id }: port.StallRow): boolean =>
      !after || atMs < after.atMs || (atMs === after.atMs && id < after.id);
    const own = this.#stallsWhere((row) => row.project === project && row.view.stall.stream_id === streamId);
    const found = own.filter((row) => row.atMs >= fromMs && row.atMs <= untilMs && isAfter(row));
    return found.reverse().slice(0, limit);
  }

  async incidents(project: string, { limit, stream, after }: port.IncidentsPage): Promise<port.IncidentRow[]> {
    const isAfter = ({ fromMs, id }: Incident): boolean =>
      !after || fromMs < after.fromMs || (fromMs === after.fromMs && compareText(id, after.id) > 0);
    return [...this.#incidents.values()]
      .filter((one) => one.project === project && (stream === undefined || one.streamId === stream) && isAfter(one))
      .sort((a, b) => b.fromMs - a.fromMs || compareText(a.id, b.id))
      .slice(0, limit)
      .map((one) => this.#incidentRow(one, this.#ofIncident(one)));
  }

  async incident(project: string, id: string): ReturnType<port.StallStore["incident"]> {
    const found = this.#incidents.get(keyOf(project, id));
    if (!found) return null;
    const stalls = this.#ofIncident(found);
    return { incident: this.#incidentRow(found, stalls), stalls: stalls.slice(0, port.mostStallsOfIncident) };
  }

  #ofIncident({ project, id }: Incident): port.StallRow[] {
    return this.#stallsWhere((row) => row.project === project && row.view.incident_id === id);
  }

  #incidentRow({ id, streamId, fromMs }: Incident, stalls: port.StallRow[]): port.IncidentRow {
    const views = stalls.map(({ view }) => view);
    const open = stalls.filter(({ view }) => view.stall.lasted_ms === null).map(({ atMs }) => atMs);
    const ends = stalls.map(({ atMs, view }) => atMs + (view.stall.lasted_ms ?? 0));
    const best = views.reduce((one, other) => (port.foundation(other) > port.foundation(one) ? other : one));
    return {
      ...{ id, streamId, fromMs, untilMs: open.length > 0 ? null : Math.max(...ends), best },
      stalled: new Set(views.map(({ stall }) => stall.session_id)).size,
      watching: Math.max(...views.map(({ viewers }) => viewers.watching)),
      worstMs: Math.max(...views.map(({ stall }) => stall.lasted_ms ?? 0)),
      openSinceMs: open.length > 0 ? Math.min(...open) : null,
    };
  }

  async openStalls(): Promise<port.StallRow[]> {
    return this.#stallsWhere(({ view }) => view.stall.lasted_ms === null).sort((a, b) => a.id - b.id);
  }

  async startups(beforeMs: number): Promise<port.Startup[]> {
    const events = this.#sessions.events();
    const found = events.filter(({ name, receivedMs }) => name === port.startupEvent && receivedMs < beforeMs);
    return found.slice(-port.mostStartups).map(({ projectId: project, sessionId, meta }) => {
      const { streamId = null } = this.#sessions.session(project, sessionId) ?? {};
      return { project, sessionId, streamId, meta };
    });
  }

  async unjudged(sinceMs: number): Promise<EventRow[]> {
    const names: readonly string[] = port.stallEvents;
    return this.#sessions
      .events()
      .filter(
        ({ name, receivedMs, ingest }) => names.includes(name) && receivedMs >= sinceMs && !this.#stalls.has(ingest),
      )
      .slice(0, port.mostUnjudged);
  }

  /** After sessions were removed; `cut`: what is older than these goes, too. */
  forget(cut: { sessionsMs: number; windowsMs: number; stallsMs: number; around: boolean }): void {
    const gone = ({ project, atMs, view }: port.StallRow): boolean =>
      atMs < cut.stallsMs || !this.#sessions.session(project, view.stall.session_id);
    for (const [id, row] of this.#stalls) if (gone(row)) this.#stalls.delete(id);
    for (const [key, one] of this.#incidents) if (this.#ofIncident(one).length === 0) this.#incidents.delete(key);
    for (const [key, row] of this.#windows) {
      if (row.toMs < cut.windowsMs && (cut.around || !this.#isKept(row))) this.#windows.delete(key);
    }
    for (const key of this.#rolled) if (!this.#windows.has(key)) this.#rolled.delete(key);
    const rows = [...this.#windows.values()].map(({ project, window }) => keyOf(project, window.stream_id));
    const views = [...this.#stalls.values()].map(({ project, view }) => keyOf(project, view.stall.stream_id));
    const used = new Set([...rows, ...views]);
    for (const [key, { lastMs }] of this.#streams)
      if (lastMs < cut.sessionsMs && !used.has(key)) this.#streams.delete(key);
    if (cut.stallsMs === Number.POSITIVE_INFINITY) this.#paths.clear();
  }

  #isKept(row: port.WindowRow): boolean {
    const ofStream = ({ project, view }: port.StallRow): boolean =>
      project === row.project && view.stall.stream_id === row.window.stream_id;
    return [...this.#stalls.values()].some((stall) => ofStream(stall) && isNear(row, stall));
  }
}
