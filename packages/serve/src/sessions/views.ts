// How do a session and an event of the store look on the wire?
// SPDX-License-Identifier: MPL-2.0
import * as contract from "@gst-pyroscope/contract/views";
import type { EventView, SessionView } from "@gst-pyroscope/contract/wire";
import type { EventRow, SessionRow } from "../store/port.js";

export function sessionView(row: SessionRow): SessionView {
  return contract.sessionView({
    ...row,
    project: row.projectId,
    startedAt: row.startedMs,
    lastSeenAt: row.lastSeenMs,
    endedAt: row.endedMs,
    eventCount: row.events,
    boundaries: row.signalAbsent,
  });
}

export const eventView = (row: EventRow): EventView => contract.eventView({ ...row, project: row.projectId });
