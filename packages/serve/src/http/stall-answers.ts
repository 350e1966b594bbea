// How do incidents and streams look to a reader?
// SPDX-License-Identifier: MPL-2.0
import type { FailedViewer, Incident, StreamNow } from "@gst-pyroscope/contract/stall-views";
import { writeTimestamp } from "@gst-pyroscope/contract/timestamps";
import type { Player } from "../stalls/player.js";
import type { IncidentRow, StreamRow, WindowRow } from "../store/stall-port.js";

export function incidentView(row: IncidentRow, nowMs: number): Incident {
  const { verdict, element, sentence, confidence } = row.best;
  const openMs = row.openSinceMs === null ? 0 : Math.max(0, nowMs - row.openSinceMs);
  return {
    ...{ incident_id: row.id, stream_id: row.streamId, from: writeTimestamp(row.fromMs) },
    until: row.untilMs === null ? null : writeTimestamp(row.untilMs),
    viewers: { stalled: row.stalled, watching: Math.max(row.stalled, row.watching) },
    worst_ms: Math.max(row.worstMs, openMs),
    ...{ verdict, element, sentence, confidence },
  };
}

export const failedViewer = ({ sessionId, broken }: Player, streamId: string | null): FailedViewer => ({
  ...{ session_id: sessionId, stream_id: streamId },
  ...{ at: writeTimestamp(broken?.atMs ?? 0), error_code: broken?.code ?? null },
});

interface Around {
  viewers: { watching: Map<string, number>; stalled: Map<string, number> };
  rows: readonly WindowRow[];
  latest: IncidentRow | undefined;
  nowMs: number;
}

export function streamNow(
  { streamId, lastMs, pipelines }: StreamRow,
  { viewers, rows, latest, nowMs }: Around,
): StreamNow {
  return {
    stream_id: streamId,
    viewers: { watching: viewers.watching.get(streamId) ?? 0, stalled: viewers.stalled.get(streamId) ?? 0 },
    published: published(rows, nowMs),
    last_window_at: lastMs > 0 ? writeTimestamp(lastMs) : null,
    pipelines,
    latest_incident:
      latest === undefined
        ? null
        : {
            incident_id: latest.id,
            at: writeTimestamp(latest.fromMs),
            verdict: latest.best.verdict,
            sentence: latest.best.sentence,
          },
  };
}

/** Windows come up to two seconds after their end. */
const PUBLISHED_MS = 12_000;
const LEAST_MS = 1000;

/** Media per time that passed, of the sink that publishes least. */
function published(rows: readonly WindowRow[], nowMs: number): number | null {
  const sums = new Map<string, { media: number; wall: number }>();
  for (const { window, fromMs, toMs } of rows) {
    if (fromMs < nowMs - PUBLISHED_MS) continue;
    for (const { path, media_ms } of window.sinks) {
      if (media_ms === null) continue;
      const key = `${window.pipeline}\n${path}`;
      const sum = sums.get(key) ?? { media: 0, wall: 0 };
      sums.set(key, { media: sum.media + media_ms, wall: sum.wall + toMs - fromMs });
    }
  }
  const ratios = [...sums.values()].filter(({ wall }) => wall >= LEAST_MS).map(({ media, wall }) => media / wall);
  return ratios.length === 0 ? null : Math.round(Math.min(...ratios) * 1000) / 1000;
}
