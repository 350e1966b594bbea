// Which of two texts, and which of two events of a session, comes first, as SQLite sees it?
// SPDX-License-Identifier: MPL-2.0
import type { EventsPage } from "./port.js";

export type Place = NonNullable<EventsPage["after"]>;

/** By their bytes in UTF-8. */
export const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const comparePlaces = (a: Place, b: Place): number =>
  a.received - b.received || (a.sequence ?? -1) - (b.sequence ?? -1) || a.ingest - b.ingest;
