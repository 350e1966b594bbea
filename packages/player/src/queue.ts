// Which events wait for the next request, and which one goes when there are too many?
// SPDX-License-Identifier: MIT

export interface WaitingEvent {
  event_name: string;
  project_id: string;
  session_id: string;
  client_timestamp: string;
  client_time_origin: string;
  sequence_number: number;
  sdk: { name: string; version: string };
  meta: Record<string, string | number | boolean | null>;
}

/** What a session's course is told by: these go last. */
const STATE = /^(playback_|startup_|rebuffer_|session_ended$)/;

export class EventQueue {
  dropped = 0;
  #events: WaitingEvent[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#events.length;
  }

  push(event: WaitingEvent): void {
    this.#events.push(event);
    this.#shrink();
  }

  /** What could not be sent comes back, before all others. */
  putBack(events: WaitingEvent[]): void {
    this.#events = [...events, ...this.#events];
    this.#shrink();
  }

  take(count: number): WaitingEvent[] {
    return this.#events.splice(0, count);
  }

  /** All of them, in order; the queue is empty afterwards. */
  takeAll(): WaitingEvent[] {
    return this.#events.splice(0);
  }

  #shrink(): void {
    while (this.#events.length > this.#most) {
      const oldest = this.#events.findIndex((event) => !STATE.test(event.event_name));
      this.#events.splice(Math.max(0, oldest), 1);
      this.dropped++;
    }
  }
}
